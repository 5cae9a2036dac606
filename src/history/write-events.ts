import { isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { Clock } from '../support/clock.js';
import { retried } from './retried.js';

const DEFAULT_DEADLINE_MS = 60_000;

export interface WriteTarget {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly call: CallOptions;
}

/**
 * Imports events of one batch, again where the store cannot be reached for a while, in halves where they are too much for one commit.
 * Answers how many were written; of a write whose outcome was unknown none may be counted.
 */
export async function writeEvents(target: WriteTarget, events: readonly StoredEvent[]): Promise<number> {
  const { store, clock, call } = target;
  try {
    const options = { deadlineMs: DEFAULT_DEADLINE_MS, ...call };
    return await retried(() => store.importEvents(events, options), { clock, signal: call.signal });
  } catch (error) {
    if (!isEventspanError(error, 'COMMIT_TOO_LARGE') || events.length === 1) throw error;
    const half = Math.ceil(events.length / 2);
    const first = await writeEvents(target, events.slice(0, half));
    return first + (await writeEvents(target, events.slice(half)));
  }
}
