import type { CursorAdvance } from '../event-store/shard-cursors.js';
import type { Position } from '../event-store/position.js';
import type { RowChange } from '../event-store/read-models.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { HandlerPolicy } from './handler-policy.js';

/** Events to be handled, and the advance that must be committed together with what they bring about. */
export interface EventBatch {
  readonly shard: number;
  /** In log order, never empty; nothing is missing before or between them but events of parked streams. */
  readonly events: readonly StoredEvent[];
  /** Where the cursor is before the batch; absent at the beginning of the log. */
  readonly previous?: Position;
  /**
   * To the position of the last event, or of one that was passed over after it; a re-drive moves no position, and is fenced by the token alone. A
   * new token tells that what was known of the shard before may be out of date.
   */
  readonly advance: CursorAdvance;
  /** Changes of Eventspan's own tables, to be committed together with the rest. */
  readonly changes?: readonly RowChange[];
  /** The events are of one stream that was parked: they are older than the cursor, and have not been handled. */
  readonly isRedrive?: boolean;
  /** How often the first event has failed before, in this re-drive or since the lane came to it. Default: never. */
  readonly failures?: number;
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
   * Handles all events and commits effects, changes and advance together. Answers the failure when the event itself is the reason.
   * Throws the store's errors: `CURSOR_LOST`, `OUTCOME_UNKNOWN`, `BATCH_ABORTED`, `STORE_UNAVAILABLE` and others.
   */
  apply(batch: EventBatch): Promise<EventFailure | undefined>;

  /**
   * Whether the handler has nothing to do with an event. Of a batch of such it is not told, and the cursor passes them without a commit of its own:
   * it is stored with the next batch, or a while later. For handlers whose progress nobody waits for elsewhere. Default: none passes.
   */
  passes?(event: StoredEvent): boolean;

  /** Milliseconds for which the handler wants no events, whatever comes; asked before each batch. Default: none. */
  pauseMs?(): number;

  /** What is to be done about an event that failed; default: what the subscription's options say. */
  policyOf?(event: StoredEvent): HandlerPolicy | undefined;

  /**
   * Called once after the commit of a batch that surely succeeded: does what handlers wanted done then. Answers how much of it failed; undefined
   * where there was nothing to do. Does not throw.
   */
  afterCommit?(batch: EventBatch): Promise<number> | undefined;
}
