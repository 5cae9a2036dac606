import type { CallGate } from '../event-store/call-gate.js';
import type { SqliteDatabase } from './database.js';
import type { WriteQueue } from './write-queue.js';

/** What the parts of an open SQLite store share. */
export interface SqliteContext {
  readonly database: SqliteDatabase;
  readonly queue: WriteQueue;
  readonly gate: CallGate;
  readonly shardCount: number;
  /** Another connection to the same file; undefined for a database in memory, which has one alone. */
  readonly openReader: (() => SqliteDatabase) | undefined;
}
