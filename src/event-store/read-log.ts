import type { ShardPositions } from './consistency-token.js';
import { normalizeTime } from './commit-time.js';
import type { CallOptions } from './call-options.js';
import type { EventStore, ReadShardsOptions, ShardRange } from './event-store.js';
import { comparePositions, type Position } from './position.js';
import type { StoredEvent } from './stored-event.js';

export interface ReadLogOptions extends CallOptions {
  /** Exclusive: one position in the global order, or one for each shard (a shard without one is read from its beginning). */
  readonly after?: Position | ShardPositions;
  /** Inclusive, in the global order. Default: to the end. */
  readonly upTo?: Position;
  /** Only events committed at or before this time: RFC 3339, UTC. Default: the store's time when the reading begins. */
  readonly asOf?: string;
  /** Events of one read, 1..10,000. Default 1,000. At most so many are held for each shard. */
  readonly pageSize?: number;
}

/** What is left of one shard. */
interface ShardTail {
  /** Read and not yet given out, in order. */
  readonly buffer: StoredEvent[];
  next: number;
  range: ShardRange;
  isRead: boolean;
}

/**
 * The whole log in global order: by commit time, index in commit, stream and version. Gap-free: the store's time is taken
 * first and bounds the reading, and whatever commits at or before it is seen by every read that starts after (`currentTime`);
 * so no event can appear later at a place that has been passed. Events committed after the start are not in it.
 *
 * Memory is bounded by `pageSize` events a shard. Cost: one `currentTime`, and one read for each page.
 */
export async function* readLog(store: EventStore, options: ReadLogOptions = {}): AsyncGenerator<StoredEvent> {
  const tails = await startTails(store, options);
  for (;;) {
    await refill(store, tails, options);
    const first = firstOf(tails);
    if (first === undefined) return;
    yield first;
  }
}

async function startTails(store: EventStore, options: ReadLogOptions): Promise<readonly ShardTail[]> {
  const { after, upTo } = options;
  const asOf = await latestTime(store, options);
  return Array.from({ length: store.shardCount }, (_, shard) => {
    const start = typeof after === 'string' ? after : after?.get(shard);
    const range = { shard, asOf, ...(start !== undefined && { after: start }), ...(upTo !== undefined && { upTo }) };
    return { buffer: [], next: 0, range, isRead: false };
  });
}

async function latestTime(store: EventStore, options: ReadLogOptions): Promise<string> {
  const now = await store.currentTime(options);
  if (options.asOf === undefined) return now;
  const asOf = normalizeTime('asOf', options.asOf);
  return asOf < now ? asOf : now;
}

/** Reads until every shard has an event in hand or is read to its end: only then is the first of them the next of all. */
async function refill(store: EventStore, tails: readonly ShardTail[], options: ReadLogOptions): Promise<void> {
  const { pageSize = 1000 } = options;
  for (;;) {
    const dry = tails.filter((tail) => !tail.isRead && tail.next === tail.buffer.length);
    if (dry.length === 0) return;
    await readPage(store, tails, { ...options, limit: pageSize, dry });
  }
}

async function readPage(
  store: EventStore,
  tails: readonly ShardTail[],
  options: ReadShardsOptions & { readonly dry: readonly ShardTail[] },
): Promise<void> {
  const { dry, limit } = options;
  for (const tail of dry) startBuffer(tail);
  const ranges = dry.map((tail) => tail.range);
  const page = await store.readShards(ranges, options);
  const cutShard = page.length < limit ? Number.POSITIVE_INFINITY : (page.at(-1)?.shard ?? -1);
  for (const event of page) tails[event.shard]?.buffer.push(event);
  for (const tail of dry) goOn(tail, cutShard);
}

function startBuffer(tail: ShardTail): void {
  tail.buffer.length = 0;
  tail.next = 0;
}

/** A page fills shard after shard: those before the one in which it was cut are read to their end. */
function goOn(tail: ShardTail, cutShard: number): void {
  tail.isRead = tail.range.shard < cutShard;
  const last = tail.buffer.at(-1);
  if (last !== undefined) tail.range = { ...tail.range, after: last.position };
}

function firstOf(tails: readonly ShardTail[]): StoredEvent | undefined {
  let first: ShardTail | undefined;
  for (const tail of tails) {
    if (tail.next === tail.buffer.length) continue;
    if (first === undefined || comparePositions(headOf(tail), headOf(first)) < 0) first = tail;
  }
  return first?.buffer[first.next++];
}

function headOf(tail: ShardTail): Position {
  return (tail.buffer[tail.next] as StoredEvent).position;
}
