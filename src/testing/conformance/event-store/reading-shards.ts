import assert from 'node:assert/strict';
import type { EventStore, ShardRange } from '../../../event-store/event-store.js';
import { comparePositions, formatPosition, parsePosition, type Position } from '../../../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../../../event-store/stored-event.js';
import { Background } from './background.js';
import { rejectsWith } from './assertions.js';
import { idsOf, newEvents, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

/** Events of one shard, appended one commit of two after another, and the position before them. */
interface Span {
  readonly shard: number;
  readonly before: Position;
  readonly events: readonly StoredEvent[];
}

export function describeReadingShards(suite: Suite): void {
  suite.describe('reading shards', () => {
    describeOneShard(suite);
    describeSeveralShards(suite);
    describeCurrentTime(suite);
  });
}

function describeOneShard(suite: Suite): void {
  suite.it('gives the events of a shard ascending by position, each as its stream gives it', async ({ store, names }) => {
    const { shard, before, events } = await newSpan({ store, names, shard: 0, commits: 4 });
    const found = await store.readShards([{ shard, after: before }], { limit: 100 });
    assert.deepEqual(found, events);
    found.forEach((event, at) => assert.ok(at === 0 || comparePositions(found[at - 1]!.position, event.position) < 0));
  });

  suite.it('begins after a position and ends with another, at every pair of them', async ({ store, names }) => {
    const { shard, before, events } = await newSpan({ store, names, shard: 0, commits: 2 });
    const positions = [before, ...events.map((event) => event.position)];
    for (const [from, after] of positions.entries()) {
      for (const [to, upTo] of positions.entries()) {
        const found = await store.readShards([{ shard, after, upTo }], { limit: 100 });
        assert.deepEqual(idsOf(found), idsOf(events.slice(from, to)), `${from}..${to}`);
      }
    }
  });

  suite.it('takes bounds that are not positions of events', async ({ store, names }) => {
    const { shard, before, events } = await newSpan({ store, names, shard: 0, commits: 1 });
    const parts = parsePosition(events[0]!.position);
    const beside = (change: Partial<typeof parts>): Position => formatPosition({ ...parts, ...change });
    const after = async (position: Position): Promise<readonly string[]> =>
      idsOf(await store.readShards([{ shard, after: position }], { limit: 10 }));
    assert.deepEqual(await after(beside({ version: 0 })), idsOf(events));
    assert.deepEqual(await after(beside({ version: 9 })), idsOf(events.slice(1)));
    assert.deepEqual(await after(beside({ streamId: ' ' })), idsOf(events));
    assert.deepEqual(await after(beside({ streamId: '\u{10ffff}' })), idsOf(events.slice(1)));
    assert.deepEqual(await after(beside({ commitIndex: 999_999 })), []);
    const upTo = beside({ streamId: '\u{10ffff}' });
    assert.deepEqual(idsOf(await store.readShards([{ shard, after: before, upTo }], { limit: 10 })), idsOf(events.slice(0, 1)));
  });

  suite.it('as of a time ends with what was committed at it', async ({ store, names }) => {
    const { shard, before, events } = await newSpan({ store, names, shard: 0, commits: 3 });
    for (const event of events) {
      const asOf = commitTimeOf(event);
      const expected = events.filter((other) => commitTimeOf(other) <= asOf);
      assert.deepEqual(await store.readShards([{ shard, after: before, asOf }], { limit: 100 }), expected);
    }
    assert.deepEqual(await store.readShards([{ shard, after: before, asOf: commitTimeOf({ position: before }) }], { limit: 100 }), []);
  });

  suite.it('in pages of any size gives each event once', async ({ store, names }) => {
    const { shard, before, events } = await newSpan({ store, names, shard: 0, commits: 4 });
    for (const limit of [1, 2, 3, 8, 9]) {
      const found: StoredEvent[] = [];
      for (let after = before; ; after = found.at(-1)!.position) {
        const page = await store.readShards([{ shard, after }], { limit });
        found.push(...page);
        if (page.length < limit) break;
      }
      assert.deepEqual(idsOf(found), idsOf(events), `pages of ${limit}`);
    }
  });
}

function describeSeveralShards(suite: Suite): void {
  suite.it('gives shard after shard, whatever the order of the ranges, each within its own bounds', async ({ store, names }) => {
    const spans = await newSpans(store, names);
    const ranges = spans.map((span, at) => ({
      shard: span.shard,
      after: span.before,
      ...(at === 0 && { upTo: span.events[0]!.position }),
    }));
    const expected = spans.flatMap((span, at) => span.events.slice(0, at === 0 ? 1 : undefined));
    assert.deepEqual(await store.readShards(ranges, { limit: 100 }), expected);
    assert.deepEqual(await store.readShards(ranges.toReversed(), { limit: 100 }), expected);
  });

  suite.it('cut at the limit has read every shard before the last event to its end', async ({ store, names }) => {
    const spans = await newSpans(store, names);
    const ranges: ShardRange[] = spans.map((span) => ({ shard: span.shard, after: span.before }));
    const all = spans.flatMap((span) => span.events);
    for (let limit = 1; limit <= all.length + 1; limit++) {
      assert.deepEqual(idsOf(await store.readShards(ranges, { limit })), idsOf(all.slice(0, limit)), `limit ${limit}`);
    }
  });

  suite.it('of no ranges, or of ranges without events, gives nothing', async ({ store, names }) => {
    assert.deepEqual(await store.readShards([], { limit: 1 }), []);
    const spans = await newSpans(store, names);
    const ranges = spans.map((span) => ({ shard: span.shard, after: span.events.at(-1)!.position }));
    assert.deepEqual(await store.readShards(ranges, { limit: 10 }), []);
  });

  suite.it('refuses shards that are not there or named twice, limits out of bounds, and texts that are no positions', async ({ store }) => {
    for (const shard of [-1, store.shardCount, 0.5]) await rejectsWith('OPTION_INVALID', store.readShards([{ shard }], { limit: 1 }));
    await rejectsWith('OPTION_INVALID', store.readShards([{ shard: 0 }, { shard: 0 }], { limit: 1 }));
    for (const limit of [0, -1, 1.5, 10_001]) await rejectsWith('OPTION_INVALID', store.readShards([{ shard: 0 }], { limit }));
    await rejectsWith('POSITION_INVALID', store.readShards([{ shard: 0, after: 'here' as Position }], { limit: 1 }));
    await rejectsWith('POSITION_INVALID', store.readShards([{ shard: 0, upTo: '' as Position }], { limit: 1 }));
  });
}

function describeCurrentTime(suite: Suite): void {
  suite.it(
    'the current time is at or after every commit that was answered, and before every later one',
    async ({ store, names, reopen }) => {
      const stores = [store, await reopen()];
      for (let round = 0; round < 6; round++) {
        const writer = stores[round % 2]!;
        const reader = stores[(round >> 1) % 2]!;
        const earlier = await writer.append({ writes: [writeOf(names.next(), 'none', newEvents(names, 1))] });
        const time = await reader.currentTime();
        const later = await writer.append({ writes: [writeOf(names.next(), 'none', newEvents(names, 1))] });
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
        assert.ok(earlier.commitTime <= time, `${earlier.commitTime} <= ${time}`);
        assert.ok(time < later.commitTime, `${time} < ${later.commitTime}`);
      }
    },
  );

  suite.it('a position once passed stays passed: nothing appears behind the last event that was read', async ({ store, names, reopen }) => {
    const writers = [store, await reopen()];
    const { shard, before } = await newSpan({ store, names, shard: 0, commits: 1 });
    const streams = Array.from({ length: 4 }, () => names.streamOn(shard, store.shardCount));
    const write = async (streamId: string, writer: EventStore): Promise<void> => {
      for (let version = 0; version < 10; version++) await writer.append({ writes: [writeOf(streamId, version, newEvents(names, 1))] });
    };
    const writing = new Background(Promise.all(streams.map((streamId, at) => write(streamId, writers[at % 2]!))));
    const followed: StoredEvent[] = [];
    for (let goesOn = true; goesOn;) {
      goesOn = await writing.goesOn();
      followed.push(...(await store.readShards([{ shard, after: followed.at(-1)?.position ?? before }], { limit: 100 })));
    }
    await writing.ended();
    assert.deepEqual(idsOf(followed), idsOf(await store.readShards([{ shard, after: before }], { limit: 100 })));
    assert.equal(followed.length, 42);
  });
}

async function newSpan({
  store,
  names,
  shard,
  commits,
}: {
  store: EventStore;
  names: UniqueNames;
  shard: number;
  commits: number;
}): Promise<Span> {
  const anchor = await store.append({ writes: [writeOf(names.streamOn(shard, store.shardCount), 'none', newEvents(names, 1))] });
  const events: StoredEvent[] = [];
  for (let commit = 0; commit < commits; commit++) {
    const streamIds = [names.streamOn(shard, store.shardCount), names.streamOn(shard, store.shardCount)];
    await store.append({ writes: streamIds.map((streamId) => writeOf(streamId, 'none', newEvents(names, 1))) });
    for (const streamId of streamIds) events.push(...(await readAll(store, streamId)));
  }
  return { shard, before: anchor.streams[0]!.lastPosition, events };
}

async function newSpans(store: EventStore, names: UniqueNames): Promise<readonly Span[]> {
  const spans: Span[] = [];
  for (let shard = 0; shard < Math.min(3, store.shardCount); shard++)
    spans.push(await newSpan({ store, names, shard, commits: shard + 1 }));
  return spans;
}
