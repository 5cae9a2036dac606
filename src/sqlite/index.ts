export type { SqliteConnection, SqliteDriver, SqliteStatement, SqlRow, SqlTuple, SqlValue } from './driver.js';
export { sqlite, type SqliteOptions } from './provider.js';
