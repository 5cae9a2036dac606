export type { SqliteConnection, SqliteDriver, SqliteStatement, SqlRow, SqlValue } from './driver.js';
export { sqlite, type SqliteOptions } from './provider.js';
