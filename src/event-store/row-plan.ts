import { EventspanError } from '../errors/eventspan-error.js';
import { decodeValue, encodeValue, invalidValue, type EncodedValue } from './column-values.js';
import { compareCodePoints } from './position.js';
import type { Row, RowChange, TableDefinition } from './read-models.js';
import { checkTable } from './table-definition.js';

/** A row as a store keeps it: every column by name, encoded. */
export type EncodedRow = Readonly<Record<string, EncodedValue>>;

/** The values of a row's key columns, encoded, in the order of the key. */
export type EncodedKey = readonly (string | number | boolean)[];

/** A checked change of one row, as every store carries it out. */
export interface PlannedChange {
  readonly kind: RowChange['kind'];
  readonly table: TableDefinition;
  readonly key: EncodedKey;
  /** The columns to set besides the key; an `insert` names every column, missing ones as null. */
  readonly values: EncodedRow;
}

/** Checks and encodes a change. Throws `OPTION_INVALID` for the table and `VIEW_VALUE_INVALID` for the row. */
export function planChange(change: RowChange): PlannedChange {
  const { kind, table, row } = change;
  const key = encodeKey(table, row);
  if (kind === 'delete') return { kind, table, key, values: emptyRow() };
  const columns = kind === 'insert' ? Object.keys(table.columns) : Object.keys(row);
  const values = emptyRow();
  for (const column of columns) {
    if (!table.key.includes(column)) values[column] = encodeColumn(table, column, Object.hasOwn(row, column) ? row[column] : null);
  }
  return { kind, table, key, values };
}

/** The key of `row`, which may have other columns too. Throws `VIEW_VALUE_INVALID` where a part of it is missing or null. */
export function encodeKey(table: TableDefinition, row: Row): EncodedKey {
  checkTable(table);
  checkColumnsKnown(table, row);
  return table.key.map((column) => encodeKeyPart(table, column, row[column]));
}

/** The leading key columns that `prefix` names, for a scan. Throws `VIEW_VALUE_INVALID` where it names others. */
export function encodePrefix(table: TableDefinition, prefix: Row = {}): EncodedKey {
  checkTable(table);
  checkColumnsKnown(table, prefix);
  const length = Object.keys(prefix).length;
  return table.key.slice(0, length).map((column) => encodeKeyPart(table, column, prefix[column]));
}

/** A row as a user reads it: every column of the table, new objects at each call. */
export function decodeRow(table: TableDefinition, encoded: EncodedRow): Row {
  const row: Record<string, unknown> = {};
  for (const [column, type] of Object.entries(table.columns)) row[column] = decodeValue(type, encoded[column] ?? null);
  return row;
}

/** The row that an insert or a first upsert makes. */
export function newRow(change: PlannedChange): EncodedRow {
  const row = emptyRow();
  for (const column of Object.keys(change.table.columns)) row[column] = change.values[column] ?? null;
  change.table.key.forEach((column, at) => (row[column] = change.key[at] as EncodedValue));
  return row;
}

/** Order of two keys of one table: column by column; text by code point, false before true. */
export function compareKeys(a: EncodedKey, b: EncodedKey): number {
  for (let at = 0; at < a.length; at++) {
    const difference = compareParts(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The error for an insert of a row that is there. */
export function rowExists(change: PlannedChange, cause?: unknown): EventspanError {
  return new EventspanError('VIEW_ROW_EXISTS', rowDetails(change), { cause });
}

/** The error for an update of a row that is not there. */
export function rowMissing(change: PlannedChange, cause?: unknown): EventspanError {
  return new EventspanError('VIEW_ROW_MISSING', rowDetails(change), { cause });
}

/** Without a prototype, since a column may be named `constructor`. */
function emptyRow(): Record<string, EncodedValue> {
  return Object.create(null) as Record<string, EncodedValue>;
}

function rowDetails({ table, key }: PlannedChange): { table: string; key: string } {
  return { table: table.name, key: JSON.stringify(key) };
}

function encodeColumn(table: TableDefinition, column: string, value: unknown): EncodedValue {
  const type = table.columns[column];
  if (type === undefined) throw invalidValue({ table: table.name, column }, value, 'a column of the table');
  return encodeValue({ table: table.name, column, type }, value);
}

function encodeKeyPart(table: TableDefinition, column: string, value: unknown): string | number | boolean {
  const encoded = encodeColumn(table, column, value);
  if (encoded === null) throw invalidValue({ table: table.name, column }, value, 'given, since it is part of the key');
  return encoded;
}

function checkColumnsKnown(table: TableDefinition, row: Row): void {
  for (const column of Object.keys(row)) {
    if (!Object.hasOwn(table.columns, column)) throw invalidValue({ table: table.name, column }, row[column], 'a column of the table');
  }
}

function compareParts(a: EncodedKey[number] | undefined, b: EncodedKey[number] | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  return Number(a) - Number(b);
}
