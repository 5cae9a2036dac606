import { EventspanError } from '../errors/eventspan-error.js';
import type { ColumnType, TableDefinition } from './read-models.js';

/** A table as it is found in a database, with its columns in the definition's types. */
export interface FoundTable {
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
}

/**
 * The columns that `wanted` has and `found` lacks, all of them nullable, since they are not in the key. Columns that only the
 * database has do not matter. Throws `VIEW_TABLE_DIFFERS` where a key or a type differs.
 */
export function tableDifference(found: FoundTable, wanted: TableDefinition): readonly (readonly [string, ColumnType])[] {
  if (found.key.join() !== wanted.key.join()) throw differs(wanted, `the key (${found.key.join(', ')})`, `(${wanted.key.join(', ')})`);
  const missing: (readonly [string, ColumnType])[] = [];
  for (const [column, type] of Object.entries(wanted.columns)) {
    const there = Object.hasOwn(found.columns, column) ? found.columns[column] : undefined;
    if (there === undefined) missing.push([column, type]);
    else if (there !== type) throw differs(wanted, `the column ${column} of type ${there}`, type);
  }
  return missing;
}

function differs(wanted: TableDefinition, found: string, declared: string): EventspanError {
  return new EventspanError('VIEW_TABLE_DIFFERS', { table: wanted.name, found, declared });
}
