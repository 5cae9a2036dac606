import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { ChainedEvent } from './envelope.js';

/** Events read from one shard's log, each with the one before it; `after` is where the read began (absent: at the beginning). */
export function chainEvents(after: Position | undefined, events: readonly StoredEvent[]): readonly ChainedEvent[] {
  let previous = after;
  return events.map((event) => {
    const chained: ChainedEvent = previous === undefined ? { event } : { event, previous };
    previous = event.position;
    return chained;
  });
}
