import { EventspanError } from '../errors/eventspan-error.js';
import type { ColumnType } from '../event-store/read-models.js';
import { checkTable } from '../event-store/table-definition.js';
import type { CounterTable } from './projector-definition.js';
import { physicalTableOf, SHARD_COLUMN } from './physical-table.js';

/** The shape of a counter table: key columns with their types, in order, and the names of the counters. */
export interface CounterTableShape {
  readonly key: Readonly<Record<string, ColumnType>>;
  /** At least one. */
  readonly counters: readonly string[];
}

/**
 * Declares a table of counters for a projector; its handlers change it by `view.increment` alone.
 *
 *     counterTable('activity_counts', { key: { activity: 'string' }, counters: ['n'] })
 *
 * Throws `OPTION_INVALID` as `readModelTable` does, on a table without counters, and on a column named `shard`.
 */
export function counterTable(name: string, shape: CounterTableShape): CounterTable {
  const table: CounterTable = { kind: 'counters', name, key: { ...shape.key }, counters: [...shape.counters] };
  const names = [...Object.keys(table.key), ...table.counters];
  if (table.counters.length === 0) throw refused(name, table.counters, 'at least one name');
  if (Object.keys(table.key).length === 0) throw refused(name, table.key, 'at least one column as key');
  if (names.includes(SHARD_COLUMN)) throw refused(name, SHARD_COLUMN, 'columns of other names; Eventspan adds that one itself');
  if (new Set(names).size < names.length) throw refused(name, names, 'columns that are named once');
  checkTable(physicalTableOf(table));
  return table;
}

function refused(table: string, value: unknown, bound: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path: `counterTable ${table}`, value, bound });
}
