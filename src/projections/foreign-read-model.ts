import type { Position } from '../event-store/position.js';
import type { Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import type { CounterTable, DeclaredTable } from './projector-definition.js';

/** An addition to one row of a counter table: `set n = n + amount`. */
export interface ForeignIncrement {
  readonly table: CounterTable;
  readonly key: Row;
  readonly amounts: Readonly<Record<string, number>>;
}

/** What one batch of a projector does to a database elsewhere. */
export interface ForeignBatch {
  /** `loan-book:v1`, of later runs `loan-book:v1.2`: the generation. Each has tables of its own. */
  readonly projection: string;
  readonly shard: number;
  /** Where the shard was before this batch; absent at the beginning of its log. */
  readonly previousPosition?: Position;
  /** Where it is after it. */
  readonly position: Position;
  /**
   * The changes come from a stream that was parked: from events older than `position`, which stays what it is and must not be taken as a sign that
   * they were done. Such a batch may come twice, when a process ends between this commit and the store's, also where `position` is
   * implemented: an increment would count twice.
   */
  readonly isRedrive: boolean;
  /** In order; at most a few a row. */
  readonly changes: readonly RowChange[];
  readonly increments: readonly ForeignIncrement[];
}

/**
 * PORT. A read model in a database that is not the store's. A batch is committed there first and the cursor advances then, so
 * each batch is committed at least once. Where `position` is implemented, with the batch's position kept in the commit's own
 * transaction, each event is reflected exactly once: what that position says is done is not given again. Re-drives of parked streams are at least
 * once in any case, see {@link ForeignBatch.isRedrive}.
 *
 * An outage should be thrown as `STORE_UNAVAILABLE` (or another retryable EventspanError): it is waited for. `BATCH_ABORTED`
 * makes the batch run again. Any other error counts against the event, whose stream is parked in the end.
 */
export interface ForeignReadModel {
  /** Called at each start of a generation. */
  ensureTables?(tables: readonly DeclaredTable[], projection: string): Promise<void>;
  /** The generation is not needed any more. Idempotent. */
  dropTables?(tables: readonly DeclaredTable[], projection: string): Promise<void>;
  /** The `position` of the last commit for this projection and shard, if any. */
  position?(projection: string, shard: number): Promise<Position | undefined>;
  /** Rows of a generation by key, in the order of `keys`. */
  get(table: TableDefinition, keys: readonly Row[], projection: string): Promise<readonly (Row | undefined)[]>;
  /** All of it or nothing. To be fenced by `previousPosition` where two instances may meet. */
  commit(batch: ForeignBatch): Promise<void>;
}
