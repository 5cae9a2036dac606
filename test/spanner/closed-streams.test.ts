import type { EventStore } from '../../src/event-store/event-store.js';
import type { EventToAppend } from '../../src/event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../../src/event-store/stream-closed.js';
import { SpannerContext } from '../../src/spanner/context.js';
import { guardMutation } from '../../src/spanner/event-rows.js';
import { spanner } from '../../src/spanner/index.js';
import { spannerSettings } from '../../src/spanner/options.js';
import type { Mutation } from '../../src/spanner/protocol.js';
import { key, TRUE } from '../../src/spanner/values.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { appendTo, newEvents, readAll, spannerOptions, testEnvironment } from './spanner-under-test.js';

describeWithEmulator('spanner', 'closed and deleted streams', () => {
  let store: EventStore;
  let context: SpannerContext;
  beforeAll(async () => {
    const options = await spannerOptions();
    store = await spanner(options).open(testEnvironment());
    context = new SpannerContext(spannerSettings(options), testEnvironment());
  });
  afterAll(() => Promise.all([store.close(), context.close()]));

  const commit = (...mutations: Mutation[]): Promise<string> => context.rpc.commit(mutations, context.calls.begin());

  /** `count` events in appends of `each`, and the closing one. */
  async function closedStream(count: number, each = count): Promise<string> {
    const streamId = uniqueName('closed');
    for (let version = 0; version < count; version += each) await store.append(appendTo(streamId, version, each));
    await close(streamId, count);
    return streamId;
  }

  async function close(streamId: string, expectedVersion: number): Promise<void> {
    const [event] = newEvents(1) as [EventToAppend];
    const closing = { ...event, type: STREAM_CLOSED_TYPE, data: '{"kind":"deleted","reason":"a test"}' };
    await store.append({ writes: [{ streamId, expectedVersion, events: [closing], snapshot: 'closed' }] });
  }

  async function versions(streamId: string, options: Parameters<EventStore['readStream']>[1] = {}): Promise<number[]> {
    const found: number[] = [];
    for await (const { version } of store.readStream(streamId, options)) found.push(version);
    return found;
  }

  it('are guarded by the database: the mark of a successor on a closing event is refused, whoever sets it', async () => {
    const streamId = await closedStream(1);
    const row = { values: [...key(streamId, 2).values, TRUE] };
    const marking = commit({ update: { table: 'events', columns: ['stream_id', 'version', 'has_next'], values: [row] } });
    await expect(marking).rejects.toMatchObject({ code: 11, message: expect.stringContaining('events_end_with_closing') });
  });

  it('refuse an append of several streams whose other stream conflicts, with one of both reasons', async () => {
    const streamId = await closedStream(1);
    const writes = [
      { streamId: uniqueName('short'), expectedVersion: 3, events: newEvents(1) },
      { streamId, expectedVersion: 2, events: newEvents(1) },
    ];
    await expect(store.append({ writes })).rejects.toMatchObject({ code: 'VERSION_CONFLICT', details: { expected: 3, actual: 0 } });
    await expect(store.append({ writes: writes.slice(1) })).rejects.toMatchObject({ code: 'STREAM_CLOSED', details: { version: 2 } });
  });

  it('are deleted also where every event was an append of its own, with the snapshot of the closing one', async () => {
    const streamId = await closedStream(4, 1);
    expect(await store.deleteEvents(streamId)).toBe(4);
    expect(await versions(streamId)).toEqual([5]);
    expect(await store.load(streamId, { acceptSnapshot: () => true })).toMatchObject({ version: 5, events: [{ version: 5 }] });
    expect(await store.listStreams({ prefix: streamId, limit: 10 })).toEqual([{ streamId, version: 5, isClosed: true }]);
  });

  it('give no version out again once deleted, and say what the last one is', async () => {
    const streamId = uniqueName('closed');
    const first = appendTo(streamId, 'none');
    await store.append(first);
    for (let version = 1; version < 400; version += 133) await store.append(appendTo(streamId, version, 133));
    await close(streamId, 400);
    await store.deleteEvents(streamId);
    for (const expected of ['none', 1, 2, 399, 400] as const) {
      const appending = store.append(appendTo(streamId, expected));
      await expect(appending).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 401 });
    }
    await expect(store.append(first)).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 401 });
    for (const expected of ['any', 'exists', 401] as const) {
      await expect(store.append(appendTo(streamId, expected))).rejects.toMatchObject({ code: 'STREAM_CLOSED', details: { version: 401 } });
    }
    expect(await versions(streamId)).toEqual([401]);
  });

  it('of many pages are read as their closing event alone once deleted, from wherever one begins', async () => {
    const streamId = await closedStream(1_600, 800);
    expect(await store.deleteEvents(streamId)).toBe(1_600);
    for (const options of [{}, { fromVersion: 2 }, { fromVersion: 700 }, { fromVersion: 1_601 }, { direction: 'backwards' }] as const) {
      expect(await versions(streamId, options)).toEqual([1_601]);
    }
    expect(await versions(streamId, { toVersion: 1_600 })).toEqual([]);
    expect(await versions(streamId, { fromVersion: 1_602 })).toEqual([]);
    expect(await store.load(streamId, { afterVersion: 20 })).toMatchObject({ version: 1_601, events: [{ version: 1_601 }] });
  });

  it('are never read as a shorter stream while they are deleted, and what an ended process has left is removed by the next call', async () => {
    const streamId = await closedStream(1_600, 800);
    const before = (await store.describeShards()).reduce((sum, { events }) => sum + events, 0);
    const gone = Array.from({ length: 899 }, (_, at) => key(streamId, at + 2));
    await commit(guardMutation(streamId), { delete: { table: 'events', keySet: { keys: gone } } });
    expect(await versions(streamId)).toEqual([1_601]);
    expect((await versions(streamId, { fromVersion: 300 })).at(-1)).toBe(1_601);
    expect((await versions(streamId, { direction: 'backwards' }))[0]).toBe(1_601);
    expect(await store.load(streamId)).toMatchObject({ version: 1_601, events: [{ version: 1_601 }] });
    expect(await store.load(streamId, { afterVersion: 400 })).toMatchObject({ version: 1_601, events: [{ version: 1_601 }] });
    expect(await store.deleteEvents(streamId)).toBe(700);
    expect(await store.deleteEvents(streamId)).toBe(0);
    expect((await store.describeShards()).reduce((sum, { events }) => sum + events, 0)).toBe(before - 1_600);
  });

  it('leave other streams as they are, those of one event and of exact pages included', async () => {
    const streamId = uniqueName('open');
    for (let version = 0; version < 1_000; version += 500) await store.append(appendTo(streamId, version, 500));
    expect(await versions(streamId)).toHaveLength(1_000);
    expect(await versions(streamId, { fromVersion: 1_001 })).toEqual([]);
    expect(await readAll(store, uniqueName('nothing'))).toEqual([]);
    const single = uniqueName('single');
    await close(single, 0);
    expect(await store.deleteEvents(single)).toBe(0);
    expect(await versions(single)).toEqual([1]);
    await expect(store.append(appendTo(single, 1))).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });
});
