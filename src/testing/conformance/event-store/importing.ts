import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import { formatPosition, type Position } from '../../../event-store/position.js';
import { shardOf } from '../../../event-store/shard.js';
import { commitTimeOf, type StoredEvent } from '../../../event-store/stored-event.js';
import { rejectsWith } from './assertions.js';
import { closingEvent } from './closed-streams.js';
import { idsOf, newEvents, newStream, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

export function describeImporting(suite: Suite): void {
  suite.describe('the import of events', () => {
    describeWritten(suite);
    describeRepeated(suite);
    describeOrder(suite);
  });
}

/** Events of one stream as another log had them, committed at the store's present time, which no event of its own is after. */
export async function foreignEvents(store: EventStore, names: UniqueNames, count: number, streamId = names.next()): Promise<StoredEvent[]> {
  const commitTime = await store.currentTime();
  return newEvents(names, count).map((event, at) => {
    const version = at + 1;
    const position = formatPosition({ commitTime, commitIndex: at, streamId, version });
    return { ...event, streamId, version, shard: 0, position };
  });
}

function describeWritten(suite: Suite): void {
  suite.it('keeps ids, versions, texts and times, and finds the shard anew', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 4);
    const [first] = events as [StoredEvent];
    const shard = shardOf(first.streamId, store.shardCount);
    const end = await endOf(store, shard);
    assert.equal(await store.importEvents(events), 4);
    const expected = events.map((event) => ({ ...event, shard }));
    assert.deepEqual(await readAll(store, first.streamId), expected);
    assert.deepEqual(await store.readShards([{ shard, ...end }], { limit: 10 }), expected);
    assert.deepEqual(await store.load(first.streamId), { version: 4, events: expected });
  });

  suite.it('goes on with a stream that is there', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 2);
    const foreign = await foreignEvents(store, names, 3, streamId);
    const later = foreign.slice(2);
    assert.equal(await store.importEvents(later), 1);
    assert.deepEqual(idsOf(await readAll(store, streamId)).slice(2), idsOf(later));
  });

  suite.it('leaves a log that goes on after it', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 2);
    const [first] = events as [StoredEvent];
    const shard = shardOf(first.streamId, store.shardCount);
    await store.importEvents(events);
    const end = await endOf(store, shard);
    const other = names.streamOn(shard, store.shardCount);
    await store.append({ writes: [writeOf(first.streamId, 2, newEvents(names, 1)), writeOf(other, 'none', newEvents(names, 1))] });
    const found = await store.readShards([{ shard, ...end }], { limit: 10 });
    assert.deepEqual(
      found.map((event) => [event.streamId, event.version]),
      [
        [first.streamId, 3],
        [other, 1],
      ],
    );
    assert.ok(commitTimeOf(found[0]!) > commitTimeOf(first));
  });

  suite.it('takes the closing event of a deleted stream, whose other events are gone', async ({ store, names }) => {
    const streamId = names.next();
    const position = formatPosition({ commitTime: await store.currentTime(), commitIndex: 0, streamId, version: 9 });
    assert.equal(await store.importEvents([{ ...closingEvent(names), streamId, version: 9, shard: 0, position }]), 1);
    assert.equal((await store.load(streamId)).version, 9);
    await rejectsWith('STREAM_CLOSED', store.append({ writes: [writeOf(streamId, 'any', newEvents(names, 1))] }));
    await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))] }));
  });
}

function describeRepeated(suite: Suite): void {
  suite.it('passes over what is there, so that it may be repeated and go on', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 6);
    assert.equal(await store.importEvents([]), 0);
    assert.equal(await store.importEvents(events.slice(0, 3)), 3);
    assert.equal(await store.importEvents(events.slice(0, 3)), 0);
    assert.equal(await store.importEvents(events), 3);
    assert.equal(await store.importEvents(events), 0);
    assert.deepEqual(idsOf(await readAll(store, events[0]!.streamId)), idsOf(events));
  });

  suite.it('passes over what comes twice in one call', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 3);
    assert.equal(await store.importEvents([events[0]!, events[1]!, events[1]!, events[0]!, events[2]!]), 3);
    assert.deepEqual(idsOf(await readAll(store, events[0]!.streamId)), idsOf(events));
  });
}

function describeOrder(suite: Suite): void {
  suite.it('keeps the order of two commits that have one time, in every way of reading', async ({ store, names }) => {
    const shard = 1 % store.shardCount;
    const [a, b] = [names.streamOn(shard, store.shardCount), names.streamOn(shard, store.shardCount)].sort() as [string, string];
    const ofA = await foreignEvents(store, names, 2, a);
    const ofB = (await foreignEvents(store, names, 2, b)).map((event, at) => ({ ...event, position: atSameTime(ofA[at]!, event) }));
    const events = [ofA[0]!, ofB[0]!, ofA[1]!, ofB[1]!];
    const end = await endOf(store, shard);
    assert.equal(await store.importEvents(events.slice(0, 3)), 3);
    assert.equal(await store.importEvents(events), 1);
    const found = await store.readShards([{ shard, ...end }], { limit: 10 });
    assert.deepEqual(idsOf(found), idsOf(events));
    assert.deepEqual(found.map(commitTimeOf), events.map(commitTimeOf));
    for (const [at, { position }] of found.entries()) {
      assert.deepEqual(await store.readShards([{ shard, after: position }], { limit: 1 }), found.slice(at + 1, at + 2));
    }
  });
}

/** The place of `event` at the commit time and index of `other`. */
function atSameTime(other: StoredEvent, { streamId, version }: StoredEvent): Position {
  return formatPosition({ commitTime: commitTimeOf(other), commitIndex: other.version - 1, streamId, version });
}

/** What a later read of the shard begins after. */
async function endOf(store: EventStore, shard: number): Promise<{ readonly after?: Position }> {
  const last = (await store.describeShards())[shard]?.last;
  return last === undefined ? {} : { after: last };
}
