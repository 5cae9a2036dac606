import type { ShardRange } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';

/** A shard that may be read on. */
export interface ReadableShard {
  readonly shard: number;
  readonly position?: Position | undefined;
}

/**
 * The ranges of the next read: all shards, or, when the last page was cut at shard `reached`, those above it, so that a busy
 * low shard does not keep the others from being read. Pure.
 */
export function planReadRound(shards: readonly ReadableShard[], reached: number | undefined): readonly ShardRange[] {
  const above = reached === undefined ? [] : shards.filter(({ shard }) => shard > reached);
  return (above.length > 0 ? above : shards).map(({ shard, position }) =>
    position === undefined ? { shard } : { shard, after: position },
  );
}

/** What a page of `EventStore.readShards` says of the shards it covered. */
export interface PageOutcome {
  /** Where the page was cut; undefined when it was not full. */
  readonly reached: number | undefined;
  /** The shards read to their end. */
  readonly ended: readonly number[];
  /** The events by shard, in log order. */
  readonly found: ReadonlyMap<number, readonly StoredEvent[]>;
}

/** Reads a page by the rules of `EventStore.readShards`. Pure. */
export function sortPage(ranges: readonly ShardRange[], events: readonly StoredEvent[], limit: number): PageOutcome {
  const reached = events.length < limit ? undefined : events.at(-1)?.shard;
  const ended = ranges.map(({ shard }) => shard).filter((shard) => reached === undefined || shard < reached);
  const found = new Map<number, StoredEvent[]>();
  for (const event of events) {
    const known = found.get(event.shard);
    if (known === undefined) found.set(event.shard, [event]);
    else known.push(event);
  }
  return { reached, ended, found };
}

/** How many events to read so that, at the size of the last ones, the page stays within `maxBytes`. Pure. */
export function planReadLimit(maxEvents: number, maxBytes: number, averageBytes: number): number {
  return Math.max(1, Math.min(maxEvents, Math.floor(maxBytes / Math.max(1, averageBytes))));
}

/** The wait before the next read when the last one found nothing: doubling, up to the bound. Pure. */
export function nextPollMs(lastMs: number, poll: { readonly minMs: number; readonly maxMs: number }): number {
  return Math.min(poll.maxMs, Math.max(poll.minMs, lastMs * 2));
}
