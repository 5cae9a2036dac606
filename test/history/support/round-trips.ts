import { importEvents, readLog, verifyExport, closeStream, deleteStream, type EventStore, type Position } from 'eventspan';
import { exportText, inPieces } from './export-text.js';
import { fillRandomly } from './random-log.js';
import { all, withoutShards, type Workshop } from './stores.js';

/** From a memory store through a file into the store that `open` gives, and back to a file. */
export function describeRoundTrips(workshop: Workshop, open: () => Promise<EventStore>): void {
  it.each([1, 2, 3, 4, 5])('give the same events and the same bytes again (seed %d)', async (seed) => {
    const source = await workshop.memory();
    const count = await fillRandomly(source, seed);
    const asOf = await source.currentTime();
    const text = await exportText(source, { asOf });
    const target = await open();
    const result = await importEvents({ store: target, batchSize: 7 }, inPieces(text, 100 + seed));
    expect(result).toMatchObject({ events: count, imported: count, present: 0 });
    expect(await exportText(target, { asOf })).toBe(text);
    expect(withoutShards(await all(readLog(target)))).toEqual(withoutShards(await all(readLog(source))));
    expect(await verifyExport({ store: target }, inPieces(text))).toMatchObject({ events: count, digest: result.digest });
  });

  it('pass over what is there when repeated', async () => {
    const source = await workshop.memory();
    const count = await fillRandomly(source, 9);
    const text = await exportText(source);
    const target = await open();
    await importEvents({ store: target }, inPieces(text));
    expect(await importEvents({ store: target }, inPieces(text))).toMatchObject({ events: count, imported: 0, present: count });
  });

  it('take over later what has been added after an earlier export', async () => {
    const source = await workshop.memory();
    const first = await fillRandomly(source, 11, 20);
    const target = await open();
    const { last } = await importEvents({ store: target }, inPieces(await exportText(source)));
    const added = await fillRandomly(source, 12, 20);
    const later = await exportText(source, { after: last as Position });
    expect(await importEvents({ store: target }, inPieces(later))).toMatchObject({ events: added, imported: added });
    expect(await verifyExport({ store: target }, inPieces(await exportText(source)))).toMatchObject({ events: first + added });
  });

  it('keep deleted and archived streams closed', async () => {
    const source = await workshop.memory();
    for (const streamId of ['loan-1', 'loan-2', 'loan-3']) await appendThings(source, streamId, 3);
    await closeStream(source, 'loan-1', { reason: 'done', successor: 'loan-4' });
    await deleteStream(source, 'loan-2', { reason: 'asked for' });
    const target = await open();
    const text = await exportText(source);
    await importEvents({ store: target }, inPieces(text));
    await verifyExport({ store: target }, inPieces(text));
    const streams = await target.listStreams({ limit: 10 });
    expect(streams.map(({ streamId, version, isClosed }) => [streamId, version, isClosed])).toEqual([
      ['loan-1', 4, true],
      ['loan-2', 4, true],
      ['loan-3', 3, false],
    ]);
    await expect(appendThings(target, 'loan-2', 1)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });

  it('say which event the store has otherwise', async () => {
    const source = await workshop.memory();
    await appendThings(source, 'loan-1', 3);
    await appendThings(source, 'loan-2', 2);
    const text = await exportText(source);
    const target = await open();
    await importEvents({ store: target }, inPieces(text));
    const changed = await workshop.memory();
    const other = text.replace(/"n":1}/, '"n":7}');
    await expect(importEvents({ store: changed }, inPieces(other))).rejects.toMatchObject({ code: 'EXPORT_CHECKSUM_DIFFERS' });
    await expect(verifyExport({ store: changed }, inPieces(text))).rejects.toMatchObject({
      code: 'EXPORT_STORE_DIFFERS',
      details: { line: 3, streamId: 'loan-1', version: 2, reason: 'its data is another' },
    });
  });

  it('refuse a store that has other events, with the line', async () => {
    const source = await workshop.memory();
    await appendThings(source, 'loan-1', 2);
    const target = await open();
    await appendThings(target, 'loan-1', 1);
    await expect(importEvents({ store: target }, inPieces(await exportText(source)))).rejects.toMatchObject({
      code: 'IMPORT_LINE_REFUSED',
      details: { line: 2, streamId: 'loan-1', version: 1 },
    });
  });
}

let nextId = 0;

export async function appendThings(store: EventStore, streamId: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const event = { eventId: `thing-${++nextId}`, type: 'thing.happened', data: `{"n":${n}}`, metadata: '{"schemaVersion":1}' };
    await store.append({ writes: [{ streamId, expectedVersion: 'any', events: [event] }] });
  }
}
