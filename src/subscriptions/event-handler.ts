import type { CursorAdvance } from '../event-store/shard-cursors.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';

/** Events of one shard that continue its log, and the advance that must be committed together with what they bring about. */
export interface EventBatch {
  readonly shard: number;
  /** In log order, nothing missing before or between them, never empty. */
  readonly events: readonly StoredEvent[];
  /** The position before the first of them; absent at the beginning of the log. */
  readonly previous?: Position;
  /** To the position of the last. A new token tells that what was known of the shard before may be out of date. */
  readonly advance: CursorAdvance;
  /** Aborted when the subscription gives the batch up. */
  readonly signal: AbortSignal;
}

/** An event that could not be handled; nothing of its batch was committed. */
export interface EventFailure {
  /** Index in the batch. The events before it can be handled. */
  readonly at: number;
  readonly error: unknown;
}

/**
 * What a subscription does with its events. One call a shard at a time, several shards side by side.
 */
export interface EventHandler {
  /**
   * Handles all events and commits effects and advance together. Answers the failure when the event itself is the reason.
   * Throws the store's errors: `CURSOR_LOST`, `OUTCOME_UNKNOWN`, `BATCH_ABORTED`, `STORE_UNAVAILABLE` and others.
   */
  apply(batch: EventBatch): Promise<EventFailure | undefined>;
}
