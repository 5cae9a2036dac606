import { EventspanError } from '../errors/eventspan-error.js';
import type { TableDefinition } from '../event-store/read-models.js';
import type { MemoryTable } from './table.js';

/** The table of a definition; throws `STORE_FAILED` where there is none, as a database does. */
export function tableOf(database: { readonly tables: ReadonlyMap<string, MemoryTable> }, { name }: TableDefinition): MemoryTable {
  const table = database.tables.get(name.toLowerCase());
  if (table !== undefined) return table;
  throw new EventspanError('STORE_FAILED', { operation: `the use of ${name}`, reason: 'there is no such table; ensureTables makes it' });
}
