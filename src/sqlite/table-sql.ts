import type { EncodedValue } from '../event-store/column-values.js';
import type { ColumnType, TableDefinition } from '../event-store/read-models.js';
import type { EncodedKey, EncodedRow, PlannedChange } from '../event-store/row-plan.js';
import type { PlannedRange } from '../event-store/row-ranges.js';
import type { SqlRow, SqlValue } from './driver.js';

/**
 * The declared type of each column type. SQLite derives the affinity from it (INT: integer; TEXT: text; REAL), so that a value
 * is kept as it is bound; the first word is how the type is known again.
 */
const DECLARED: Readonly<Record<ColumnType, string>> = {
  string: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'BOOLEAN INTEGER',
  timestamp: 'TIMESTAMP INTEGER',
  json: 'JSON TEXT',
};
const TYPE_OF: ReadonlyMap<string, string> = new Map(Object.entries(DECLARED).map(([type, declared]) => [declared, type]));

/** A statement and what is bound to it. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The column type that a declared type stands for; another declared type stands for itself. */
export function columnTypeOf(declared: string): string {
  return TYPE_OF.get(declared) ?? declared;
}

/** Clustered by the key, so that a scan in key order is a walk; text compares by bytes of UTF-8, which is by code point. */
export function createTable(table: TableDefinition): string {
  const columns = Object.entries(table.columns).map(([column, type]) => {
    return `${quote(column)} ${DECLARED[type]}${table.key.includes(column) ? ' NOT NULL' : ''}`;
  });
  return `CREATE TABLE ${quote(table.name)} (${columns.join(', ')}, PRIMARY KEY (${list(table.key)})) WITHOUT ROWID`;
}

export function dropTable(table: TableDefinition): string {
  return `DROP TABLE IF EXISTS ${quote(table.name)}`;
}

export function addColumn(table: TableDefinition, column: string, type: ColumnType): string {
  return `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(column)} ${DECLARED[type]}`;
}

export function selectRow(table: TableDefinition, key: EncodedKey): BoundSql {
  return { sql: `SELECT ${list(Object.keys(table.columns))} FROM ${quote(table.name)} WHERE ${equals(table.key)}`, values: key.map(toSql) };
}

/** Rows whose key begins with `prefix`, in key order, above `after`: the values of the key's other columns. */
export function selectPage(table: TableDefinition, span: { prefix: EncodedKey; after: EncodedKey | undefined; limit: number }): BoundSql {
  const { prefix, after, limit } = span;
  const conditions = table.key.slice(0, prefix.length).map((column) => `${quote(column)} = ?`);
  const rest = table.key.slice(prefix.length);
  if (after !== undefined) conditions.push(`(${list(rest)}) > (${rest.map(() => '?').join(', ')})`);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const sql = `SELECT ${list(Object.keys(table.columns))} FROM ${quote(table.name)}${where} ORDER BY ${list(table.key)} LIMIT ?`;
  return { sql, values: [...prefix, ...(after ?? []), limit].map(toSql) };
}

/** Rows of a range, in key order. */
export function selectRange(table: TableDefinition, { from, upTo }: PlannedRange, limit: number): BoundSql {
  const bounds = [...bound(table, '>=', from), ...bound(table, '<=', upTo)];
  const where = bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`;
  const sql = `SELECT ${list(Object.keys(table.columns))} FROM ${quote(table.name)}${where} ORDER BY ${list(table.key)} LIMIT ?`;
  return { sql, values: [...from, ...upTo, limit].map(toSql) };
}

/** Its count of changed rows tells an update whether the row was there. */
export function changeRow(change: PlannedChange): BoundSql {
  const { kind, table, key, values } = change;
  const columns = Object.keys(values);
  const name = quote(table.name);
  const keys = key.map(toSql);
  const set = columns.map((column) => toSql(values[column] ?? null));
  if (kind === 'delete') return { sql: `DELETE FROM ${name} WHERE ${equals(table.key)}`, values: keys };
  if (kind === 'update')
    return { sql: `UPDATE ${name} SET ${assignments(table, columns)} WHERE ${equals(table.key)}`, values: [...set, ...keys] };
  const all = [...table.key, ...columns];
  const insert = `INSERT INTO ${name} (${list(all)}) VALUES (${all.map(() => '?').join(', ')})`;
  return { sql: kind === 'insert' ? insert : `${insert} ON CONFLICT DO ${onConflict(columns)}`, values: [...keys, ...set] };
}

/** A row as the store keeps it, with booleans as such. */
export function encodedRowOf(table: TableDefinition, row: SqlRow): EncodedRow {
  const encoded = Object.create(null) as Record<string, EncodedValue>;
  for (const [column, type] of Object.entries(table.columns)) {
    const value = row[column] ?? null;
    encoded[column] = type === 'boolean' && value !== null ? value === 1 : value;
  }
  return encoded;
}

function toSql(value: EncodedValue): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** An update that names no columns sets a part of the key to itself: it still tells whether the row is there. */
function assignments(table: TableDefinition, columns: readonly string[]): string {
  const [first] = table.key as [string];
  return columns.length === 0 ? `${quote(first)} = ${quote(first)}` : columns.map((column) => `${quote(column)} = ?`).join(', ');
}

function onConflict(columns: readonly string[]): string {
  if (columns.length === 0) return 'NOTHING';
  return `UPDATE SET ${columns.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ')}`;
}

function equals(columns: readonly string[]): string {
  return columns.map((column) => `${quote(column)} = ?`).join(' AND ');
}

/** None where the key begins with nothing in particular. */
function bound(table: TableDefinition, operator: '>=' | '<=', parts: EncodedKey): readonly string[] {
  return parts.length === 0 ? [] : [`(${list(table.key.slice(0, parts.length))}) ${operator} (${parts.map(() => '?').join(', ')})`];
}

function list(columns: readonly string[]): string {
  return columns.map(quote).join(', ');
}

/** Names are letters, digits and underscores (`checkTable`); quoted, they may be SQL's own words too. */
function quote(name: string): string {
  return `"${name}"`;
}
