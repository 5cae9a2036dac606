import { decodeValue, type EncodedValue } from '../event-store/column-values.js';
import { decodeRow, newRow, rowExists, rowMissing, type EncodedRow, type PlannedChange } from '../event-store/row-plan.js';
import type { ColumnType, ColumnValue, Row, RowChange, TableDefinition } from '../event-store/read-models.js';

/**
 * What a batch has done to one row so far, as the fewest changes that come to the same as all of them one by one, errors
 * included. At most three, of the form [insert or update]? [delete]? [insert or upsert]?: the first of them asks the database
 * whether the row is there, and a later delete does not make that question go away; what follows a delete begins a new row.
 */
export type PendingChanges = readonly PlannedChange[];

/**
 * The pending changes with one more. Throws `VIEW_ROW_EXISTS` and `VIEW_ROW_MISSING` where the batch itself already
 * knows that the row is, or is not, there.
 */
export function addChange(pending: PendingChanges, next: PlannedChange): PendingChanges {
  const last = pending.at(-1);
  if (last === undefined) return [next];
  if (last.kind === 'delete') return addAfterDelete(pending, next);
  if (next.kind === 'insert') throw rowExists(next);
  const before = pending.slice(0, -1);
  if (next.kind !== 'delete') return [...before, { ...last, values: { ...last.values, ...next.values } }];
  if (before.length > 0) return before;
  return last.kind === 'upsert' ? [next] : [last, next];
}

/** The row as it is after the pending changes; `base` is the database's row before them. */
export function overlay(table: TableDefinition, pending: PendingChanges, base: Row | undefined): Row | undefined {
  const last = pending.at(-1);
  if (last === undefined) return base;
  if (last.kind === 'delete') return undefined;
  if (!needsBase(pending)) return decodeRow(table, newRow(last));
  if (base === undefined && last.kind === 'update') throw rowMissing(last);
  return base === undefined ? decodeRow(table, newRow(last)) : { ...base, ...settingsOf(table, last.values) };
}

/** Whether {@link overlay} depends on the database's row. */
export function needsBase(pending: PendingChanges): boolean {
  const [only] = pending;
  if (only === undefined) return true;
  return pending.length === 1 && (only.kind === 'update' || only.kind === 'upsert');
}

/** The change as a store takes it. Its values are copies, so that a handler may go on using its own. */
export function toRowChange({ kind, table, key, values }: PlannedChange): RowChange {
  const row: Record<string, ColumnValue> = {};
  table.key.forEach((column, at) => (row[column] = decodeColumn(table, column, key[at] ?? null)));
  return { kind, table, row: { ...row, ...settingsOf(table, values) } };
}

function addAfterDelete(pending: PendingChanges, next: PlannedChange): PendingChanges {
  if (next.kind === 'delete') return pending;
  if (next.kind === 'update') throw rowMissing(next);
  return [...pending, next];
}

function settingsOf(table: TableDefinition, values: EncodedRow): Row {
  return Object.fromEntries(Object.entries(values).map(([column, value]) => [column, decodeColumn(table, column, value)]));
}

function decodeColumn(table: TableDefinition, column: string, value: EncodedValue): ColumnValue {
  return decodeValue(table.columns[column] as ColumnType, value);
}
