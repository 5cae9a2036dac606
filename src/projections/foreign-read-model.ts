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
  /** `loan-book:v1`: the projector and its version. */
  readonly projection: string;
  readonly shard: number;
  /** Where the shard was before this batch; absent at the beginning of its log. */
  readonly previousPosition?: Position;
  /** Where it is after it. */
  readonly position: Position;
  /** In order; at most a few a row. */
  readonly changes: readonly RowChange[];
  readonly increments: readonly ForeignIncrement[];
}

/**
 * PORT. A read model in a database that is not the store's. A batch is committed there first and the cursor advances then, so
 * each batch is committed at least once. Where `position` is implemented, with the batch's position kept in the commit's own
 * transaction, each event is reflected exactly once: what that position says is done is not given again.
 *
 * An outage should be thrown as `STORE_UNAVAILABLE` (or another retryable EventspanError): it is waited for. `BATCH_ABORTED`
 * makes the batch run again. Any other error counts against the event and in the end stops its shard.
 */
export interface ForeignReadModel {
  /** Called once at start. */
  ensureTables?(tables: readonly DeclaredTable[]): Promise<void>;
  /** The `position` of the last commit for this projection and shard, if any. */
  position?(projection: string, shard: number): Promise<Position | undefined>;
  /** Rows by key, in the order of `keys`. */
  get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]>;
  /** All of it or nothing. To be fenced by `previousPosition` where two instances may meet. */
  commit(batch: ForeignBatch): Promise<void>;
}
