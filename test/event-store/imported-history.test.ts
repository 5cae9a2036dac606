import type { EventStore } from '../../src/event-store/event-store.js';
import { formatPosition } from '../../src/event-store/position.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../../src/event-store/stream-closed.js';
import { memory } from '../../src/memory/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { newEvents, newSqliteFile, testEnvironment, type SqliteFile } from '../sqlite/sqlite-file.js';

const NOON = Date.UTC(2026, 10, 24, 12);

/** Events of one stream, one a millisecond, the last of them at noon. */
function foreignEvents(streamId: string, count: number): StoredEvent[] {
  return newEvents(count).map((event, at) => {
    const version = at + 1;
    const commitTime = `${new Date(NOON - count + version).toISOString().slice(0, 23)}000000Z`;
    return { ...event, streamId, version, shard: 0, position: formatPosition({ commitTime, commitIndex: 0, streamId, version }) };
  });
}

describe.each(['memory', 'sqlite'])('[%s] a history brought from elsewhere', (name) => {
  let target: SqliteFile;
  let open: (ms: number) => Promise<EventStore>;
  beforeEach(async () => {
    target = await newSqliteFile();
    const provider = name === 'memory' ? memory() : sqlite(target.file);
    open = (ms) => provider.open(testEnvironment({ clock: new FakeClock(ms) }));
  });
  afterEach(() => target.remove());

  it('is followed by later times, also where the clock is behind it, and after a restart', async () => {
    const first = await open(NOON - 5000);
    await first.importEvents(foreignEvents('a', 3));
    const beforeNoon = await first.append({ writes: [{ streamId: 'a', expectedVersion: 3, events: newEvents(1) }] });
    expect(beforeNoon.commitTime).toBe('2026-11-24T12:00:00.001000000Z');
    await first.close();
    const second = await open(NOON - 4000);
    const again = await second.append({ writes: [{ streamId: 'b', expectedVersion: 'none', events: newEvents(1) }] });
    expect(again.commitTime).toBe('2026-11-24T12:00:00.001001000Z');
    await second.close();
  });

  it('is refused from a clock that is more than ten seconds ahead', async () => {
    const store = await open(NOON - 10_001);
    await expect(store.importEvents(foreignEvents('a', 1))).rejects.toMatchObject({ code: 'IMPORT_CONFLICT' });
    expect((await store.load('a')).version).toBe(0);
    await store.close();
  });

  it('of a very long stream can be removed again', async () => {
    const store = await open(NOON);
    const length = 150_000;
    const events = foreignEvents('long', length);
    for (let at = 0; at < length; at += 10_000) expect(await store.importEvents(events.slice(at, at + 10_000))).toBe(10_000);
    const closing = { ...newEvents(1)[0]!, type: STREAM_CLOSED_TYPE };
    await store.append({ writes: [{ streamId: 'long', expectedVersion: length, events: [closing] }] });
    expect(await store.deleteEvents('long')).toBe(length);
    expect((await store.describeShards()).map((shard) => shard.events).filter((count) => count > 0)).toEqual([1]);
    expect(await store.listStreams({ limit: 10 })).toEqual([{ streamId: 'long', version: length + 1, isClosed: true }]);
    await store.close();
  }, 60_000);
});
