import { formatPosition } from '../../src/event-store/position.js';
import { shardOf } from '../../src/event-store/shard.js';
import type { EventToAppend, StoredEvent } from '../../src/event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../../src/event-store/stream-closed.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { UNAVAILABLE } from '../support/grpc-proxy.js';
import { appendTo, newEvents, proxiedStore, readAll, type ProxiedStore } from './spanner-under-test.js';

/** Before anything that a test appends. */
const LONG_AGO = '2001-02-03T04:05:06.123456789Z';
const LATER = '2001-02-03T04:05:07.000000000Z';

describeWithEmulator('spanner', 'the import of events', () => {
  let made: ProxiedStore;
  // A log of its own for each test: what is imported ends a log.
  beforeEach(async () => {
    made = await proxiedStore();
  });
  afterEach(() => made.close());

  function foreignEvents(count: number, streamId = uniqueName('stream'), commitTime = LONG_AGO): StoredEvent[] {
    return newEvents(count).map((event, at) => {
      const version = at + 1;
      return { ...event, streamId, version, shard: 0, position: formatPosition({ commitTime, commitIndex: at, streamId, version }) };
    });
  }

  it('takes three Reads and one Commit; where all are there, one Read', async () => {
    const { store, proxy } = made;
    const events = [...foreignEvents(300), ...foreignEvents(2, uniqueName('stream'), LATER)];
    await store.currentTime();
    proxy.forget();
    expect(await store.importEvents(events)).toBe(302);
    expect(proxy.seen()).toEqual({ StreamingRead: 3, Commit: 1 });
    proxy.forget();
    expect(await store.importEvents(events)).toBe(0);
    expect(proxy.seen()).toEqual({ StreamingRead: 1 });
  });

  it('is written once and counted where its reply is lost', async () => {
    const { store, direct, proxy } = made;
    const events = foreignEvents(5);
    proxy.arm('Commit', { at: 'after', answer: UNAVAILABLE });
    expect(await store.importEvents(events)).toBe(5);
    const stored = await readAll(direct, events[0]?.streamId ?? '');
    expect(stored.map(({ eventId, position }) => ({ eventId, position }))).toEqual(
      events.map(({ eventId, position }) => ({ eventId, position })),
    );
  });

  it('of unknown fate ends by its deadline with OUTCOME_UNKNOWN, and goes on from what is there', async () => {
    const { store, proxy } = made;
    const events = foreignEvents(5);
    proxy.arm('Commit', { at: 'after', answer: 'hang' });
    await expect(store.importEvents(events, { deadlineMs: 400 })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: true });
    expect(await store.importEvents(events)).toBe(0);
  });

  it('refuses more than one Commit takes, names the bound, and writes nothing', async () => {
    const { store } = made;
    const events = foreignEvents(4_300);
    await expect(store.importEvents(events)).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE', details: { maxMutations: 80_000 } });
    const large = foreignEvents(20).map((event) => ({ ...event, data: JSON.stringify('x'.repeat(2_500_000)) }));
    await expect(store.importEvents(large)).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE', details: { maxBytes: 90_000_000 } });
    expect(await readAll(store, events[0]?.streamId ?? '')).toEqual([]);
    expect(await store.importEvents(events.slice(0, 400))).toBe(400);
  });

  it('refuses a time that the database has not reached', async () => {
    const { store } = made;
    const events = foreignEvents(1, uniqueName('stream'), '2999-01-01T00:00:00.000000000Z');
    const importing = store.importEvents(events);
    await expect(importing).rejects.toMatchObject({ code: 'IMPORT_CONFLICT', message: expect.stringContaining('2999-01-01') });
  });

  it('refuses what belongs before the end of a log, however far the end is', async () => {
    const { store } = made;
    const ids = ['same-shard', ...Array.from({ length: 100 }, (_, at) => `stream-${at}`)];
    const ofEachShard = new Map(ids.toReversed().map((id) => [shardOf(id, store.shardCount), id]));
    const [empty, other] = [...ofEachShard.values()].filter((id) => id !== 'same-shard') as [string, string];
    await store.append(appendTo(other, 'none'));
    const { streams } = await store.append(appendTo('same-shard', 'none'));
    const importing = store.importEvents([
      ...foreignEvents(1, empty),
      ...foreignEvents(1, 'same-shard').map((event) => ({ ...event, version: 2 })),
    ]);
    await expect(importing).rejects.toMatchObject({
      code: 'IMPORT_CONFLICT',
      details: { streamId: 'same-shard', reason: expect.stringContaining(streams[0]?.lastPosition.slice(0, 30) as string) },
    });
  });

  it('asks nothing of the database for what no store could hold', async () => {
    const { store, proxy } = made;
    const [event] = foreignEvents(1) as [StoredEvent];
    proxy.forget();
    await expect(store.importEvents([{ ...event, streamId: 'lone \ud800' }])).rejects.toMatchObject({ code: 'STREAM_ID_INVALID' });
    await expect(store.importEvents([{ ...event, position: 'nowhere' as StoredEvent['position'] }])).rejects.toMatchObject({
      code: 'POSITION_INVALID',
    });
    await expect(store.importEvents([{ ...event, version: Number.NaN }])).rejects.toMatchObject({ code: 'IMPORT_CONFLICT' });
    await expect(store.importEvents(Array.from({ length: 10_001 }, () => event))).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    expect(proxy.seen()).toEqual({});
  });

  it('keeps the versions of a deleted stream, of which the closing event comes alone', async () => {
    const { store } = made;
    const streamId = uniqueName('deleted');
    const [event] = newEvents(1) as [EventToAppend];
    const position = formatPosition({ commitTime: LONG_AGO, commitIndex: 0, streamId, version: 900 });
    const closing = { ...event, type: STREAM_CLOSED_TYPE, streamId, version: 900, shard: 0, position };
    expect(await store.importEvents([closing])).toBe(1);
    expect(await store.importEvents([closing])).toBe(0);
    await expect(store.append(appendTo(streamId, 'none'))).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 900 });
    await expect(store.append(appendTo(streamId, 1))).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 900 });
    expect((await readAll(store, streamId)).map(({ version }) => version)).toEqual([900]);
    const importing = store.importEvents(foreignEvents(2, streamId));
    await expect(importing).rejects.toMatchObject({
      code: 'IMPORT_CONFLICT',
      message: expect.stringContaining('no event at that version'),
    });
  });

  it('goes on with a stream whose beginning is there, and closes it', async () => {
    const { store } = made;
    const events = foreignEvents(6);
    const last = { ...(events[5] as StoredEvent), type: STREAM_CLOSED_TYPE };
    expect(await store.importEvents(events.slice(0, 3))).toBe(3);
    expect(await store.importEvents([...events.slice(1, 5), last])).toBe(3);
    expect((await readAll(store, last.streamId)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await store.deleteEvents(last.streamId)).toBe(5);
  });
});
