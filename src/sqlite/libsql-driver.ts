import { EventspanError } from '../errors/eventspan-error.js';
import type { SqliteConnection, SqliteDriver, SqliteStatement, SqlRow, SqlTuple, SqlValue } from './driver.js';

/** The part of libsql's interface that is used; it is that of better-sqlite3. */
interface LibsqlStatement<R = SqlRow> {
  run(values: readonly SqlValue[]): { readonly changes: number };
  get(values: readonly SqlValue[]): (Record<string, SqlValue> & { _metadata?: unknown }) | undefined;
  all(values: readonly SqlValue[]): readonly R[];
  raw(): LibsqlStatement<SqlTuple>;
}
interface LibsqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): LibsqlStatement;
  close(): void;
}
type LibsqlConstructor = new (file: string, options: { readonly timeout: number }) => LibsqlDatabase;

/** The npm package `libsql`, loaded when the first database is opened, since it is an optional peer. */
export const libsqlDriver: SqliteDriver = {
  open: (file, busyTimeoutMs) => connectionOf(new (loadLibsql())(file, { timeout: busyTimeoutMs })),
};

function loadLibsql(): LibsqlConstructor {
  try {
    return require('libsql') as LibsqlConstructor;
  } catch (cause) {
    throw new EventspanError('PACKAGE_MISSING', { packageName: 'libsql', usedBy: 'sqlite(file)', install: 'libsql' }, { cause });
  }
}

function connectionOf(database: LibsqlDatabase): SqliteConnection {
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => statementOf(database, sql),
    close: () => database.close(),
  };
}

/** Values go in as one array: libsql takes a single null for a set of named parameters. Whether rows have names is a statement's state. */
function statementOf(database: LibsqlDatabase, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  let unnamed: LibsqlStatement<SqlTuple> | undefined;
  return {
    run: (values) => statement.run(values).changes,
    get: (values) => withoutMetadata(statement.get(values)),
    all: (values) => statement.all(values),
    tuples: (values) => (unnamed ??= database.prepare(sql).raw()).all(values),
  };
}

/** libsql adds the duration of the query to the row of a `get`. */
function withoutMetadata(row: (Record<string, SqlValue> & { _metadata?: unknown }) | undefined): SqlRow | undefined {
  if (row !== undefined) delete row._metadata;
  return row;
}
