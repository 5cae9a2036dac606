import { EventspanError } from '../errors/eventspan-error.js';
import type { ColumnType, TableDefinition } from './read-models.js';
import { SYSTEM_TABLES } from './system-tables.js';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const COLUMN_TYPES: ReadonlySet<string> = new Set<ColumnType>(['string', 'integer', 'number', 'boolean', 'timestamp', 'json']);
const KEY_TYPES: ReadonlySet<string> = new Set<ColumnType>(['string', 'integer', 'boolean', 'timestamp']);

/** Names of Eventspan's own tables, in any store; matched in any case, as the databases do. */
export const RESERVED_TABLES: ReadonlySet<string> = new Set([
  'events',
  'append_keys',
  'cursors',
  'settings',
  'snapshots',
  'migrations',
  ...SYSTEM_TABLES.map(({ name }) => name),
]);
const RESERVED_PREFIX = /^(eventspan_|sqlite_|spanner_|information_schema)/i;

/** Definitions are constants of the program: each is looked at once. */
const checked = new WeakSet<TableDefinition>(SYSTEM_TABLES);

/** Throws `OPTION_INVALID` unless every store can make a table of the definition. */
export function checkTable(table: TableDefinition): void {
  if (checked.has(table)) return;
  checkName(`table ${table.name}`, table.name);
  if (RESERVED_TABLES.has(table.name.toLowerCase()) || RESERVED_PREFIX.test(table.name)) {
    refuse(`table ${table.name}`, table.name, "a name that is not one of Eventspan's own or the database's");
  }
  checkColumns(table);
  checkKey(table);
  checked.add(table);
}

/** Throws `OPTION_INVALID` for a table of Eventspan's own, and as {@link checkTable}. */
export function checkDroppable(table: TableDefinition): void {
  if (SYSTEM_TABLES.includes(table)) refuse('dropTables', table.name, "a table that is not one of Eventspan's own");
  checkTable(table);
}

function checkColumns(table: TableDefinition): void {
  const seen = new Set<string>();
  for (const [column, type] of Object.entries(table.columns)) {
    const path = `table ${table.name}.columns.${column}`;
    checkName(path, column);
    if (!COLUMN_TYPES.has(type)) refuse(path, type, [...COLUMN_TYPES].join(', '));
    if (seen.has(column.toLowerCase())) refuse(path, column, 'a name that differs from the others in more than case');
    seen.add(column.toLowerCase());
  }
}

function checkKey(table: TableDefinition): void {
  const path = `table ${table.name}.key`;
  if (table.key.length === 0) refuse(path, '[]', 'at least one column');
  if (new Set(table.key).size !== table.key.length) refuse(path, table.key, 'each column once');
  for (const column of table.key) {
    const type = Object.hasOwn(table.columns, column) ? table.columns[column] : undefined;
    if (type === undefined || !KEY_TYPES.has(type)) refuse(path, column, `a column of type ${[...KEY_TYPES].join(', ')}`);
  }
}

function checkName(path: string, name: string): void {
  if (!NAME.test(name)) refuse(path, name, 'a letter, then letters, digits and underscores, at most 64 in all');
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
