import type { ShardRange } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';

/** What one look at several tails says of one shard. */
export interface ShardTail {
  readonly shard: number;
  readonly after: Position | undefined;
  readonly events: readonly StoredEvent[];
  /** The read was cut in or before this shard, so that there may be more. */
  readonly isCut: boolean;
}

/**
 * Pure. Sorts one answer of `readShards` by shard; shards with nothing to do are left out. The answer ascends by shard, so a cut
 * answer is complete for the shards before that of its last event, and says nothing sure of that one and those after it.
 */
export function planTails(ranges: readonly ShardRange[], events: readonly StoredEvent[], limit: number): readonly ShardTail[] {
  const cutFrom = events.length < limit ? Infinity : (events.at(-1)?.shard ?? Infinity);
  return ranges
    .map(({ shard, after }) => ({ shard, after, events: events.filter((event) => event.shard === shard), isCut: shard >= cutFrom }))
    .filter((tail) => tail.isCut || tail.events.length > 0);
}
