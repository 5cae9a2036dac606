import type { ColumnType } from '../event-store/read-models.js';
import { checkTable } from '../event-store/table-definition.js';
import type { ReadModelTable } from './projector-definition.js';

/** The shape of a read-model table: key columns in order, and every column with its type. */
export interface ReadModelTableShape {
  /** Column names of the primary key, in order; at least one. */
  readonly key: readonly string[];
  /** Every column, the key's too. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/**
 * Declares a table of rows for a projector.
 *
 *     readModelTable('loan_book', { key: ['loan_id'], columns: { loan_id: 'string', amount: 'integer' } })
 *
 * Throws `OPTION_INVALID` on names that a store cannot take, a key that is empty or not among the columns, and key columns
 * of type number or json.
 */
export function readModelTable(name: string, shape: ReadModelTableShape): ReadModelTable {
  const table: ReadModelTable = { kind: 'rows', name, columns: { ...shape.columns }, key: [...shape.key] };
  checkTable(table);
  return table;
}
