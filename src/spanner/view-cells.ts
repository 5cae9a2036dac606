import type { EncodedValue } from '../event-store/column-values.js';
import type { ColumnType, TableDefinition } from '../event-store/read-models.js';
import type { EncodedKey, EncodedRow } from '../event-store/row-plan.js';
import type { ListValue, Value } from './protocol.js';
import { cell, NULL } from './values.js';

/**
 * Column types of read-model tables. JSON is kept as text, since Spanner's JSON type rewrites values; its width, which is
 * that of MAX, tells it from a string.
 */
export const SPANNER_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'STRING(MAX)',
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  timestamp: 'TIMESTAMP',
  json: 'STRING(2621440)',
};

/** An encoded value as a cell of its column's type. */
export function cellOf(type: ColumnType, value: EncodedValue): Value {
  if (value === null) return NULL;
  if (type === 'boolean') return { boolValue: value as boolean };
  if (type === 'number') return { numberValue: value as number };
  return cell(type === 'timestamp' ? new Date(value as number).toISOString() : (value as string | number));
}

/** The cells of a key. */
export function keyCells(table: TableDefinition, parts: EncodedKey): ListValue {
  return { values: parts.map((part, at) => cellOf(columnType(table, table.key[at] ?? ''), part)) };
}

/** The encoded value of a cell. */
export function encodedOf(type: ColumnType, value: Value | undefined): EncodedValue {
  if (value === undefined || value.kind === 'nullValue') return null;
  if (type === 'boolean') return value.boolValue ?? null;
  if (type === 'number') return value.numberValue ?? null;
  const text = value.stringValue ?? '';
  if (type === 'integer') return Number(text);
  return type === 'timestamp' ? Date.parse(text) : text;
}

/** An encoded row from cells in the order of the table's columns. */
export function encodedRow(table: TableDefinition, cells: readonly Value[]): EncodedRow {
  const row = Object.create(null) as Record<string, EncodedValue>;
  Object.entries(table.columns).forEach(([column, type], at) => (row[column] = encodedOf(type, cells[at])));
  return row;
}

export function columnType(table: TableDefinition, column: string): ColumnType {
  return table.columns[column] ?? 'string';
}
