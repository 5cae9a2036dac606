import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import { formatPosition } from '../../../event-store/position.js';
import { shardOf } from '../../../event-store/shard.js';
import { commitTimeOf, type StoredEvent } from '../../../event-store/stored-event.js';
import { rejectsWith } from './assertions.js';
import { closingEvent } from './closed-streams.js';
import { newEvents, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

export function describeImporting(suite: Suite): void {
  suite.describe('the import of events', () => {
    describeWritten(suite);
    describeRefused(suite);
  });
}

/** Events of one stream as another log had them, committed at the store's present time, which no event of its own is after. */
async function foreignEvents(store: EventStore, names: UniqueNames, count: number, streamId = names.next()): Promise<StoredEvent[]> {
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
    assert.equal(await store.importEvents(events), 4);
    const shard = shardOf(first.streamId, store.shardCount);
    assert.deepEqual(
      await readAll(store, first.streamId),
      events.map((event) => ({ ...event, shard })),
    );
    const found = await store.readShards([{ shard, asOf: commitTimeOf(first) }], { limit: 10_000 });
    assert.deepEqual(
      found.slice(-4).map(({ eventId }) => eventId),
      events.map(({ eventId }) => eventId),
    );
  });

  suite.it('passes over what is there, so that it may be repeated and go on', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 6);
    assert.equal(await store.importEvents(events.slice(0, 3)), 3);
    assert.equal(await store.importEvents(events.slice(0, 3)), 0);
    assert.equal(await store.importEvents(events), 3);
    assert.equal((await readAll(store, events[0]?.streamId ?? '')).length, 6);
  });

  suite.it('leaves a stream that goes on, after the imported events', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 2);
    const [first] = events as [StoredEvent];
    await store.importEvents(events);
    const { streams } = await store.append({ writes: [writeOf(first.streamId, 2, newEvents(names, 1))] });
    const all = await readAll(store, first.streamId);
    assert.equal(streams[0]?.firstVersion, 3);
    assert.ok(commitTimeOf(all[2] as StoredEvent) > commitTimeOf(all[1] as StoredEvent));
  });

  suite.it('takes the closing event of a deleted stream, whose other events are gone', async ({ store, names }) => {
    const streamId = names.next();
    const position = formatPosition({ commitTime: await store.currentTime(), commitIndex: 0, streamId, version: 9 });
    assert.equal(await store.importEvents([{ ...closingEvent(names), streamId, version: 9, shard: 0, position }]), 1);
    await rejectsWith('STREAM_CLOSED', store.append({ writes: [writeOf(streamId, 'any', newEvents(names, 1))] }));
  });
}

function describeRefused(suite: Suite): void {
  const refused = async (store: EventStore, events: readonly StoredEvent[], reason: RegExp): Promise<void> => {
    const error = await rejectsWith('IMPORT_CONFLICT', store.importEvents(events));
    assert.match(String(error.details['reason']), reason);
  };

  suite.it('refuses a hole in a stream, and writes nothing of that call', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 4);
    const [first] = events as [StoredEvent];
    await refused(
      store,
      events.filter(({ version }) => version !== 3),
      /version 3 .* is missing/,
    );
    assert.deepEqual(await readAll(store, first.streamId), []);
  });

  suite.it('refuses another event at a version that is taken', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 2);
    const [first] = events as [StoredEvent];
    await store.importEvents(events);
    await refused(store, [{ ...first, eventId: names.eventId() }], /has the event/);
  });

  suite.it("refuses what was committed before the end of its shard's log", async ({ store, names }) => {
    const events = await foreignEvents(store, names, 1);
    await store.importEvents(events);
    const [{ shard }] = (await readAll(store, events[0]?.streamId ?? '')) as [StoredEvent];
    const late = await foreignEvents(store, names, 1, names.streamOn(shard, store.shardCount));
    const place = { commitTime: '2001-01-01T00:00:00.000000000Z', commitIndex: 0, streamId: late[0]?.streamId ?? '', version: 1 };
    await refused(store, [{ ...(late[0] as StoredEvent), position: formatPosition(place) }], /already/);
  });

  suite.it('refuses what no append could store', async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    await rejectsWith('APPEND_INVALID', store.importEvents([{ ...event, data: 'a\u0000b' }]));
    await refused(store, [{ ...event, version: 0 }], /whole number/);
  });
}
