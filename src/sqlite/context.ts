import type { CallGate } from '../event-store/call-gate.js';
import type { SqliteDatabase } from './database.js';
import type { WriteQueue } from './write-queue.js';

/** What the parts of an open SQLite store share. */
export interface SqliteContext {
  readonly database: SqliteDatabase;
  readonly queue: WriteQueue;
  readonly gate: CallGate;
  readonly shardCount: number;
  /** Another connection to the same file; for a database in memory, a copy of its cursors and read models. */
  readonly openReader: () => SqliteDatabase;
}
