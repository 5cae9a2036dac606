/** What can be bound. A boolean is bound as 0 or 1 by the store. */
export type SqlValue = string | number | null;

/** A row by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A row as its values, in the order of the columns that were asked for. */
export type SqlTuple = readonly SqlValue[];

/** A prepared statement; used again and again. */
export interface SqliteStatement {
  /** Answers how many rows were changed. */
  run(values: readonly SqlValue[]): number;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
  /** As {@link all}; without names a row costs less, which counts where the whole log is read. */
  tuples(values: readonly SqlValue[]): readonly SqlTuple[];
}

/** One open database; every call is synchronous. Its errors have SQLite's name as `code`: `SQLITE_BUSY`, `SQLITE_FULL`, ... */
export interface SqliteConnection {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** A binding to SQLite 3.37 or later. The store uses libsql unless it is given another. */
export interface SqliteDriver {
  /** Throws `PACKAGE_MISSING` where the binding is not installed. */
  open(file: string, busyTimeoutMs: number): SqliteConnection;
}
