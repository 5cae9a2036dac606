import type { StoredEvent } from '../event-store/stored-event.js';

/** What an event becomes. What is not named stays as it is. */
export interface TransformedEvent {
  /** The stream it goes to. */
  readonly streamId?: string;
  readonly type?: string;
  /** JSON text. */
  readonly data?: string;
  /** JSON text of its metadata. */
  readonly metadata?: string;
}

/**
 * What becomes of one event of the log: nothing (`undefined`, or an empty list), one or several. It must give the same for the same event,
 * since a run that was broken off is repeated from its beginning. What it throws ends the run with `TRANSFORM_FAILED`.
 */
export type EventTransform = (
  event: StoredEvent,
) => TransformedEvent | readonly TransformedEvent[] | undefined | Promise<TransformedEvent | readonly TransformedEvent[] | undefined>;
