import type { AppendRequest, AppendResult } from './append.js';
import type { CallOptions } from './call-options.js';
import type { Row, RowChange, TableDefinition } from './row-change.js';
import type { Cursor, CursorAdvance } from './shard-cursors.js';

export type { ColumnType, ColumnValue, Row, RowChange, TableDefinition } from './row-change.js';

/** A span of a table in key order: from the rows whose key begins with `from` to those whose key begins with `upTo`, both inclusive. */
export interface RowRange {
  /** The first columns of the key. */
  readonly from: Row;
  /** The first columns of the key. */
  readonly upTo: Row;
}

export interface ReadRangesOptions extends CallOptions {
  /** At most so many rows over all ranges, 1..10,000. */
  readonly limit: number;
}

export interface OpenBatchOptions extends CallOptions {
  /**
   * `'stream'`: rows are written by this cursor's owner alone, so reads are plain reads. The first is strongly consistent; those after it
   * may see no more than it saw.
   * `'shared'`: others may write them too, so that reads and the commit are one serialisable transaction; a commit that met
   * another writer throws `BATCH_ABORTED` and the whole batch is run again.
   */
  readonly rows: 'shared' | 'stream';
}

/** One batch of a projector: its reads, then one commit of rows and cursor together. Not for concurrent use. */
export interface ReadModelBatch {
  /** Rows by key, in the order of `keys`; undefined where there is none. One Read for all. */
  get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]>;

  /**
   * Applies `changes` in order and the advance (where there is one), all or nothing. `upsert` sets the named columns and leaves others.
   * Throws `CURSOR_LOST`, `BATCH_ABORTED`, `OUTCOME_UNKNOWN`, `VIEW_ROW_EXISTS`, `VIEW_ROW_MISSING`, `VIEW_VALUE_INVALID`,
   * and `STORE_FAILED` where the database refuses a row. A delete of a missing row is no error.
   * Spanner: 1 Commit; in `shared` mode with reads, 1 transaction.
   */
  commit(changes: readonly RowChange[], advance?: CursorAdvance): Promise<void>;

  /**
   * As `EventStore.append` with exact expected versions, ending the batch as `commit` does: events, changes and advance are committed where the rows
   * that were read are in `shared` mode as they were then. Throws as both. Spanner: 1 Commit; in `shared` mode with reads, 1 transaction.
   */
  append(request: AppendRequest): Promise<AppendResult>;

  /** Ends a batch that is not committed. */
  abandon(): Promise<void>;
}

/** Cursors and read models as they all were at one instant, whatever is written meanwhile. */
export interface ReadModelSnapshot {
  /** As {@link ShardCursors.read}, at the instant. */
  cursors(consumer: string, options?: CallOptions): Promise<readonly Cursor[]>;
  /** As {@link ReadModels.scan}, at the instant. */
  scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncIterable<Row>;
  /** Gives up what the store keeps for it. Idempotent. */
  close(): Promise<void>;
}

/** PORT. The read models that live in the store's own database. Part of {@link EventStore}. */
export interface ReadModels {
  /** True where the database itself removes rows of the inbox whose `expires_at` has passed; else their consumers look for them. Default false. */
  readonly removesExpired?: boolean;

  /**
   * Creates missing tables and missing nullable columns; a table that differs otherwise throws `VIEW_TABLE_DIFFERS`.
   * Idempotent; safe from several processes.
   */
  ensureTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void>;

  /** Drops tables; a missing one is no error. Refuses system tables with `OPTION_INVALID`. Idempotent; safe from several processes. */
  dropTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void>;

  /**
   * One instant of the database, to be read for as long as it takes (Spanner: at most an hour, its version retention). Writers are not
   * held up. Close it.
   */
  openSnapshot(options?: CallOptions): Promise<ReadModelSnapshot>;

  openBatch(options: OpenBatchOptions): Promise<ReadModelBatch>;

  /** Rows by key, strongly consistent. */
  get(table: TableDefinition, keys: readonly Row[], options?: CallOptions): Promise<readonly (Row | undefined)[]>;

  /**
   * Rows of several ranges, strongly consistent, in key order and cut at `limit`. The order of `ranges` does not matter; they must not
   * overlap. Spanner: 1 Read.
   */
  readRanges(table: TableDefinition, ranges: readonly RowRange[], options: ReadRangesOptions): Promise<readonly Row[]>;

  /** All rows whose first key columns equal `prefix`, in key order; memory is bounded. */
  scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncIterable<Row>;
}
