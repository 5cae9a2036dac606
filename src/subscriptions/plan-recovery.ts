import { isEventspanError } from '../errors/eventspan-error.js';

/** A batch that was not committed. */
export interface BatchFault {
  readonly error: unknown;
  /** Index of the event at fault; absent when the commit or a read failed. */
  readonly at?: number;
  /** Events in the batch. */
  readonly events: number;
}

/**
 * How to go on after a fault:
 * - `lost`: another instance has the shard; let it go.
 * - `retake`: nobody knows whether the batch was committed; take the shard again, which tells and spends the token.
 * - `again`: with at most `maxEvents` events; after a backoff of the given number of faults in a row, if that is not 0.
 * - `event-failed`: the first event is at fault; it is tried again alone, so often as is allowed.
 */
export type Recovery =
  | { readonly kind: 'lost' }
  | { readonly kind: 'retake' }
  | { readonly kind: 'again'; readonly maxEvents: number; readonly backOff: boolean }
  | { readonly kind: 'event-failed' };

/**
 * Pure. The events before a failing one are committed first, so that it is alone when it is tried again. When the store refuses
 * a commit for good without saying which event is at fault, the batch is halved until one event is left, which then is.
 */
export function planRecovery({ error, at, events }: BatchFault): Recovery {
  if (at !== undefined) return at === 0 ? { kind: 'event-failed' } : { kind: 'again', maxEvents: at, backOff: false };
  if (isEventspanError(error, 'CURSOR_LOST')) return { kind: 'lost' };
  if (isEventspanError(error, 'OUTCOME_UNKNOWN')) return { kind: 'retake' };
  const half = Math.ceil(events / 2);
  if (isEventspanError(error, 'BATCH_ABORTED')) return { kind: 'again', maxEvents: half, backOff: true };
  if (isEventspanError(error) && error.retryable) return { kind: 'again', maxEvents: events, backOff: true };
  return events === 1 ? { kind: 'event-failed' } : { kind: 'again', maxEvents: half, backOff: false };
}
