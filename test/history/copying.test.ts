import {
  closeStream,
  copyEvents,
  deleteStream,
  importEvents,
  readLog,
  STREAM_CLOSED_TYPE,
  verifyExport,
  type EventStore,
  type EventTransform,
  type StoredEvent,
} from 'eventspan';
import { appendHistory } from '../evolution/order-history.js';
import { exportText, inPieces } from './support/export-text.js';
import { counting, factsOf, FACT_TEXTS, orderRegistry } from './support/orders.js';
import { fillRandomly } from './support/random-log.js';
import { appendThings } from './support/round-trips.js';
import { all, withoutShards, Workshop } from './support/stores.js';

const workshop = new Workshop();
let from: EventStore;
let to: EventStore;

beforeEach(async () => {
  from = await workshop.memory(4);
  to = await workshop.sqlite(8);
});
afterEach(() => workshop.clean());

async function events(store: EventStore): Promise<readonly StoredEvent[]> {
  return all(readLog(store));
}

const versionsOf = (found: readonly StoredEvent[], streamId: string): readonly number[] =>
  found.filter((event) => event.streamId === streamId).map(({ version }) => version);

describe('[memory] copying as it is', () => {
  it('keeps every event, and adds later what has been added', async () => {
    const count = await fillRandomly(from, 5);
    expect(await copyEvents({ from, to, batchSize: 10 })).toMatchObject({ read: count, written: count, present: 0 });
    expect(withoutShards(await events(to))).toEqual(withoutShards(await events(from)));
    await appendThings(from, 'later-1', 2);
    expect(await copyEvents({ from, to })).toMatchObject({ read: count + 2, written: 2, present: count });
  });

  it('copies chosen streams, tells its progress, and refuses to copy a store into itself', async () => {
    await appendThings(from, 'loan-1', 3);
    await appendThings(from, 'loan-2', 3);
    const told: unknown[] = [];
    await copyEvents({ from, to, streams: ['loan-2'], onProgress: (progress) => told.push(progress) });
    expect((await events(to)).map(({ streamId }) => streamId)).toEqual(['loan-2', 'loan-2', 'loan-2']);
    expect(told).toEqual([{ events: 3 }]);
    await expect(copyEvents({ from, to: from })).rejects.toMatchObject({ code: 'COPY_INTO_ITSELF' });
  });
});

describe('[memory] copying through upcasters', () => {
  it("gives a log of today's events without holes, from which today's code reads the same without upcasters", async () => {
    await appendHistory(from, 'order-1', counting('e'));
    expect(await factsOf(from, '1', orderRegistry)).toEqual(FACT_TEXTS);
    await copyEvents({ from, to, upcast: orderRegistry });
    expect(await factsOf(to, '1')).toEqual(FACT_TEXTS);
    const copied = await events(to);
    expect(versionsOf(copied, 'order-1')).toEqual(FACT_TEXTS.map((_, at) => at + 1));
    expect(copied.every(({ metadata }) => metadata.includes('"actor":"shop"'))).toBe(true);
  });

  it('is repeated without doubling, and continues what was broken off', async () => {
    await appendHistory(from, 'order-1', counting('e'));
    let calls = 0;
    const failing = new Proxy(to, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name === 'importEvents' && ++calls > 2) return () => Promise.reject(new Error('the power went off'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    await expect(copyEvents({ from, to: failing, upcast: orderRegistry, batchSize: 3 })).rejects.toThrow('the power went off');
    expect(await events(to)).toHaveLength(6);
    expect(await copyEvents({ from, to, upcast: orderRegistry })).toMatchObject({ present: 6, written: 6 });
    expect(await copyEvents({ from, to, upcast: orderRegistry })).toMatchObject({ present: 12, written: 0 });
    expect(await factsOf(to, '1')).toEqual(FACT_TEXTS);
  });

  it('gives the same log as an upcast export that is imported', async () => {
    await appendHistory(from, 'order-1', counting('e'));
    const text = await exportText(from, { upcast: orderRegistry });
    await importEvents({ store: to }, inPieces(text));
    const copy = await workshop.memory();
    await copyEvents({ from, to: copy, upcast: orderRegistry });
    expect(withoutShards(await events(to))).toEqual(withoutShards(await events(copy)));
    await verifyExport({ store: copy }, inPieces(text));
  });
});

describe('[memory] copying through a transform', () => {
  const merged: EventTransform = ({ type, data, streamId }) => {
    if (type === STREAM_CLOSED_TYPE || streamId.startsWith('secret-')) return undefined;
    const { n } = JSON.parse(data) as { n: number };
    if (n === 1) return [];
    return n === 0 ? { streamId: 'all-1' } : [{ streamId: 'all-1' }, { streamId: 'all-1', type: 'extra', data: '{}' }];
  };

  it('drops, splits and renames; versions have no holes and more events have ids that follow', async () => {
    await appendThings(from, 'a-1', 3);
    await appendThings(from, 'secret-1', 2);
    await appendThings(from, 'b-1', 3);
    await copyEvents({ from, to, transform: merged });
    const copied = await events(to);
    expect(copied.map(({ streamId, version, type }) => `${streamId} ${version} ${type}`)).toEqual([
      'all-1 1 thing.happened',
      'all-1 2 thing.happened',
      'all-1 3 extra',
      'all-1 4 thing.happened',
      'all-1 5 thing.happened',
      'all-1 6 extra',
    ]);
    expect(new Set(copied.map(({ eventId }) => eventId)).size).toBe(6);
    const source = await events(from);
    expect(copied.filter(({ type }) => type !== 'extra').every(({ eventId }) => source.some((event) => event.eventId === eventId))).toBe(
      true,
    );
    expect(await copyEvents({ from, to, transform: merged })).toMatchObject({ written: 0, present: 6 });
  });

  it('keeps what is closed closed', async () => {
    await appendThings(from, 'a-1', 2);
    await appendThings(from, 'b-1', 2);
    await closeStream(from, 'a-1', { reason: 'done' });
    await deleteStream(from, 'b-1', { reason: 'asked for' });
    await copyEvents({ from, to, transform: (event) => event });
    expect(await to.listStreams({ limit: 9 })).toEqual([
      { streamId: 'a-1', version: 3, isClosed: true },
      { streamId: 'b-1', version: 3, isClosed: true },
    ]);
  });

  it.each<[string, EventTransform, string]>([
    ['throws', () => JSON.parse('{') as object, 'JSON'],
    ['gives a stream id that no store keeps', () => ({ streamId: '' }), 'empty'],
    ['gives a payload that is no JSON', () => ({ data: '{' }), 'JSON'],
    ['gives metadata that is no JSON', () => ({ metadata: 'x' }), 'JSON'],
  ])('names the event where the transform %s, and keeps what stands before it', async (_, spoil, reason) => {
    await appendThings(from, 'a-1', 3);
    const transform: EventTransform = (event) => (event.version === 3 ? spoil(event) : event);
    const error: unknown = await copyEvents({ from, to, transform }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TRANSFORM_FAILED', details: { streamId: 'a-1', version: 3 } });
    expect((error as Error).message).toContain(reason);
    expect(await events(to)).toHaveLength(2);
  });

  it('says so when the transform is not the one of before', async () => {
    await appendThings(from, 'a-1', 3);
    await copyEvents({ from, to, transform: (event) => event });
    const other = copyEvents({ from, to, transform: (event) => (event.version === 1 ? undefined : event) });
    await expect(other).rejects.toMatchObject({ code: 'IMPORT_CONFLICT' });
  });
});
