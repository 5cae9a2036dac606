import type { Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, type EncodedKey, type EncodedRow } from '../event-store/row-plan.js';
import type { PlannedRange } from '../event-store/row-ranges.js';
import type { ListValue, ReadBody, Value } from './protocol.js';
import { encodedRow, keyCells } from './view-cells.js';

/** The Read of rows by key. */
export function rowsBody(table: TableDefinition, keys: readonly EncodedKey[]): ReadBody {
  return { table: table.name, columns: Object.keys(table.columns), keySet: { keys: keys.map((parts) => keyCells(table, parts)) } };
}

/** Rows as they were asked for: one for each key, undefined where there is none. */
export function rowsInOrder(table: TableDefinition, keys: readonly EncodedKey[], rows: readonly (readonly Value[])[]): (Row | undefined)[] {
  const found = new Map(rows.map((cells) => encodedRow(table, cells)).map((row) => [keyText(keyOf(table, row)), row]));
  return keys.map((parts) => {
    const row = found.get(keyText(parts));
    return row && decodeRow(table, row);
  });
}

/** The Read of one page of the rows that begin with `prefix`, after a key if one is given. */
export function pageBody(
  table: TableDefinition,
  prefix: ListValue,
  page: { readonly after: ListValue | undefined; readonly limit: number },
): ReadBody {
  const start = page.after === undefined ? { startClosed: prefix } : { startOpen: page.after };
  const keySet = { ranges: [{ ...start, endClosed: prefix }] };
  return { table: table.name, columns: Object.keys(table.columns), keySet, limit: page.limit };
}

/** The Read of several ranges; Spanner answers in the order of the key. */
export function rangesBody(table: TableDefinition, ranges: readonly PlannedRange[], limit: number): ReadBody {
  const keyRanges = ranges.map(({ from, upTo }) => ({ startClosed: keyCells(table, from), endClosed: keyCells(table, upTo) }));
  return { table: table.name, columns: Object.keys(table.columns), keySet: { ranges: keyRanges }, limit };
}

/** The key of a row as cells. */
export function keyOfCells(table: TableDefinition, cells: readonly Value[]): ListValue {
  return keyCells(table, keyOf(table, encodedRow(table, cells)));
}

function keyOf(table: TableDefinition, row: EncodedRow): EncodedKey {
  return table.key.map((column) => row[column] as EncodedKey[number]);
}

function keyText(parts: EncodedKey): string {
  return JSON.stringify(parts);
}
