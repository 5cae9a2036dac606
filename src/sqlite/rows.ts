import type { TableDefinition } from '../event-store/read-models.js';
import { rowExists, rowMissing, type EncodedKey, type EncodedRow, type PlannedChange } from '../event-store/row-plan.js';
import type { SqliteDatabase } from './database.js';
import { sqliteCode } from './errors.js';
import { changeRow, encodedRowOf, selectRow } from './table-sql.js';

/** The row of a key, if there is one. */
export function findRow(database: SqliteDatabase, table: TableDefinition, key: EncodedKey): EncodedRow | undefined {
  const { sql, values } = selectRow(table, key);
  const row = database.get(sql, values);
  return row && encodedRowOf(table, row);
}

/** Applies one change; only inside a write transaction. Throws `VIEW_ROW_EXISTS` and `VIEW_ROW_MISSING`. */
export function applyChange(database: SqliteDatabase, change: PlannedChange): void {
  const { sql, values } = changeRow(change);
  let changes: number;
  try {
    changes = database.run(sql, values);
  } catch (error) {
    throw change.kind === 'insert' && sqliteCode(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY' ? rowExists(change, error) : error;
  }
  if (change.kind === 'update' && changes === 0) throw rowMissing(change);
}
