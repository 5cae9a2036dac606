import type { Position } from '../event-store/position.js';
import type { EventBatch } from '../subscriptions/event-handler.js';
import type { RowSource, ViewBuffer } from './view-buffer.js';

/** One batch on its way into a database. */
export interface TargetBatch extends RowSource {
  /** Events up to here are in the database already; absent: none of the batch is. */
  readonly doneUpTo?: Position;
  /** Writes the view's changes and the cursor. Throws the store's errors. */
  commit(view: ViewBuffer): Promise<void>;
  /** Ends a batch that is not committed. */
  abandon(): Promise<void>;
}

/** Where a projection's rows go: the store's own database, or one elsewhere. */
export interface ProjectionTarget {
  ensureTables(): Promise<void>;
  open(batch: EventBatch): Promise<TargetBatch>;
}
