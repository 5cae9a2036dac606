import assert from 'node:assert/strict';
import type { AppendResult } from '../../../event-store/append.js';
import { positionsOf } from '../../../event-store/consistency-token.js';
import type { EventStore } from '../../../event-store/event-store.js';
import { comparePositions, type Position } from '../../../event-store/position.js';
import { readLog } from '../../../event-store/read-log.js';
import type { StoredEvent } from '../../../event-store/stored-event.js';
import { Background } from './background.js';
import { collect } from './assertions.js';
import { idsOf, newEvents, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

export function describeGlobalOrder(suite: Suite): void {
  suite.describe('reading the whole log', () => {
    suite.it('gives every event once, in the order in which it was appended', async ({ store, names }) => {
      const { before, results, eventIds } = await appendToManyShards(store, names);
      for (const pageSize of [1, 7, 1000]) {
        const events = await collect(readLog(store, { after: before, pageSize }));
        assert.deepEqual(idsOf(events), eventIds, `pages of ${pageSize}`);
        assertAscends(events);
      }
      assert.equal(new Set(results.flatMap(({ streams }) => streams.map(({ shard }) => shard))).size > 1, store.shardCount > 1);
    });

    suite.it('ends at a position, or at a time', async ({ store, names }) => {
      const { before, results, eventIds } = await appendToManyShards(store, names);
      const result = results[9]!;
      const expected = eventIds.slice(0, eventIds.indexOf(result.streams.at(-1)!.eventIds.at(-1)!) + 1);
      assert.deepEqual(idsOf(await collect(readLog(store, { after: before, upTo: result.streams.at(-1)!.lastPosition }))), expected);
      assert.deepEqual(idsOf(await collect(readLog(store, { after: before, asOf: result.commitTime }))), expected);
      assert.deepEqual(await collect(readLog(store, { after: before, asOf: before.slice(0, 30) })), []);
    });

    suite.it('begins after a position of each shard', async ({ store, names }) => {
      const { before, results, eventIds } = await appendToManyShards(store, names);
      const after = new Map(Array.from({ length: store.shardCount }, (_, shard) => [shard, before]));
      for (const [shard, position] of positionsOf(results[0]!)) after.set(shard, position);
      const first = new Set(results[0]!.streams.flatMap((stream) => stream.eventIds));
      assert.deepEqual(
        idsOf(await collect(readLog(store, { after }))),
        eventIds.filter((eventId) => !first.has(eventId)),
      );
    });

    suite.it('leaves out what is committed after it began, and is not disturbed by it', async ({ store, names }) => {
      const { before, eventIds } = await appendToManyShards(store, names);
      const found: StoredEvent[] = [];
      for await (const event of readLog(store, { after: before, pageSize: 3 })) {
        found.push(event);
        await store.append({ writes: [writeOf(names.next(), 'none', newEvents(names, 1))] });
      }
      assert.deepEqual(idsOf(found), eventIds);
    });

    suite.it('while others write is a prefix of what the log is later', async ({ store, names, reopen }) => {
      const other = await reopen();
      const { before } = await appendToManyShards(store, names);
      const write = async (): Promise<void> => {
        for (let n = 0; n < 30; n++) await other.append({ writes: [writeOf(names.next(), 'none', newEvents(names, 2))] });
      };
      const writing = new Background(write());
      const readings: StoredEvent[][] = [];
      while (await writing.goesOn()) readings.push(await collect(readLog(store, { after: before, pageSize: 10 })));
      await writing.ended();
      const whole = idsOf(await collect(readLog(store, { after: before })));
      for (const reading of readings) assert.deepEqual(idsOf(reading), whole.slice(0, reading.length));
    });
  });
}

/** Twenty commits, every third to two streams, and the position before them. */
async function appendToManyShards(
  store: EventStore,
  names: UniqueNames,
): Promise<{ before: Position; results: AppendResult[]; eventIds: string[] }> {
  const anchor = await store.append({ writes: [writeOf(names.next(), 'none', newEvents(names, 1))] });
  const results: AppendResult[] = [];
  for (let n = 0; n < 20; n++) {
    const streamIds = n % 3 === 0 ? [names.next(), names.next()] : [names.next()];
    results.push(await store.append({ writes: streamIds.map((streamId) => writeOf(streamId, 'none', newEvents(names, (n % 4) + 1))) }));
  }
  const eventIds = results.flatMap(({ streams }) => streams.flatMap((stream) => stream.eventIds));
  return { before: anchor.streams[0]!.lastPosition, results, eventIds };
}

function assertAscends(events: readonly StoredEvent[]): void {
  events.forEach((event, at) => assert.ok(at === 0 || comparePositions(events[at - 1]!.position, event.position) < 0));
}
