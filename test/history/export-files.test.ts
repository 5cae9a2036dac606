import { execFileSync } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Writable } from 'node:stream';
import { deleteStream, exportEvents, exportToFile, openExport, verifyExport, type EventStore, type HistoryProgress } from 'eventspan';
import { exportText, inPieces } from './support/export-text.js';
import { fillRandomly } from './support/random-log.js';
import { appendThings } from './support/round-trips.js';
import { Workshop } from './support/stores.js';

const workshop = new Workshop();
let store: EventStore;
let file: string;

beforeEach(async () => {
  store = await workshop.memory();
  file = join(await workshop.folder(), 'log.ndjson');
});
afterEach(() => workshop.clean());

describe('[memory] exporting', () => {
  it('writes CloudEvents with the payload as it is stored', async () => {
    const event = { eventId: 'e-1', type: 'loan.submitted', data: '{"b":1.0,"a":1e3}', metadata: '{"schemaVersion":2}' };
    await store.append({ writes: [{ streamId: 'loan-1', expectedVersion: 'none', events: [event] }] });
    const [, line] = (await exportText(store, { source: 'loans' })).split('\n');
    expect(line).toContain('"data":{"b":1.0,"a":1e3}}');
    expect(JSON.parse(line as string)).toMatchObject({
      specversion: '1.0',
      id: 'e-1',
      source: 'loans',
      type: 'loan.submitted',
      subject: 'loan-1',
      datacontenttype: 'application/json',
      streamversion: 1,
      metadata: '{"schemaVersion":2}',
    });
  });

  it('exports one prefix, some streams, what came after a position, and what was there at a time', async () => {
    await appendThings(store, 'loan-1', 2);
    const { last } = await exportToFile({ store, file });
    const asOf = await store.currentTime();
    await appendThings(store, 'work-1', 2);
    await appendThings(store, 'loan-2', 1);
    const subjects = async (options: object): Promise<readonly unknown[]> => {
      const text = await exportText(store, options);
      const verified = await verifyExport({ store }, inPieces(text));
      const events = text.trimEnd().split('\n').slice(1, -1);
      expect(verified.events).toBe(events.length);
      return events.map((line) => (JSON.parse(line) as { subject: string }).subject);
    };
    expect(await subjects({ prefix: 'loan-' })).toEqual(['loan-1', 'loan-1', 'loan-2']);
    expect(await subjects({ streams: ['work-1', 'loan-2', 'none'] })).toEqual(['work-1', 'work-1', 'loan-2']);
    expect(await subjects({ streams: ['work-1', 'loan-2'], prefix: 'work-' })).toEqual(['work-1', 'work-1']);
    expect(await subjects({ after: last })).toEqual(['work-1', 'work-1', 'loan-2']);
    expect(await subjects({ asOf })).toEqual(['loan-1', 'loan-1']);
    expect(await subjects({ asOf: '2020-01-01T00:00:00Z' })).toEqual([]);
  });

  it('refuses options that select nothing or are none', async () => {
    const bad = [{ prefix: '' }, { streams: [] }, { after: 'there' }, { asOf: 'yesterday' }, { source: '' }, { streams: ['\n'] }];
    for (const options of bad) {
      const error: unknown = await exportText(store, options as object).catch((thrown: unknown) => thrown);
      expect(['OPTION_INVALID', 'POSITION_INVALID', 'STREAM_ID_INVALID']).toContain((error as { code: string }).code);
    }
  });

  it('tells its progress with the total, and fails with its sink', async () => {
    await appendThings(store, 'loan-1', 5);
    const told: HistoryProgress[] = [];
    await exportToFile({ store, file, onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ events: 5, total: 5 });
    const broken = new Writable({ write: (_, __, done) => done(new Error('the disk is full')) });
    await expect(exportEvents({ store }, broken)).rejects.toThrow('the disk is full');
  });

  it('reads no further than its sink takes', async () => {
    for (let n = 0; n < 40; n++) {
      const events = Array.from({ length: 100 }, (_, at) => ({
        eventId: `e-${n}-${at}`,
        type: 'thing.happened',
        data: JSON.stringify({ text: 'x'.repeat(500) }),
        metadata: '{}',
      }));
      await store.append({ writes: [{ streamId: `loan-${n}`, expectedVersion: 'none', events }] });
    }
    let furthest = 0;
    const sink = new Writable({ highWaterMark: 1, write: () => undefined });
    const controller = new AbortController();
    const options = { store, signal: controller.signal, onProgress: ({ events }: HistoryProgress) => void (furthest = events) };
    const export_ = exportEvents(options, sink);
    await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(furthest).toBeLessThan(4_000);
    controller.abort();
    await expect(export_).rejects.toThrow();
  });
});

describe('[memory] continuing an export', () => {
  it.each(['log.ndjson', 'log.ndjson.gz'])('of %s cut at any byte gives the whole one', async (name) => {
    file = join(await workshop.folder(), name);
    const count = await fillRandomly(store, 3, 30);
    await exportToFile({ store, file });
    const whole = await readFile(file);
    const text = unpacked(whole);
    await appendThings(store, 'later-1', 3);
    for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 25)) {
      await writeFile(file, whole);
      await truncate(file, cut);
      const result = await exportToFile({ store, file, continue: true });
      const found = unpacked(await readFile(file));
      // Where nothing was left, it is a new export with what came later.
      if (result.events === count) expect(found).toBe(text);
      expect(await verifyExport({ store }, openExport(file))).toMatchObject({ events: result.events });
    }
  });

  it('goes on in a gzip file of several members, which every program reads', async () => {
    file = join(await workshop.folder(), 'log.ndjson.gz');
    const big = JSON.stringify({ text: 'x'.repeat(2_000) });
    for (let n = 0; n < 8; n++) {
      const events = Array.from({ length: 50 }, (_, at) => ({
        eventId: `e-${n}-${at}`,
        type: 'thing.happened',
        data: big,
        metadata: '{}',
      }));
      await store.append({ writes: [{ streamId: `loan-${n}`, expectedVersion: 'none', events }] });
    }
    await exportToFile({ store, file });
    const whole = await readFile(file);
    await truncate(file, whole.length - 100);
    const { kept, events } = await exportToFile({ store, file, continue: true });
    expect(kept).toBeGreaterThan(100);
    expect(events).toBe(400);
    expect(unpacked(await readFile(file))).toBe(unpacked(whole));
    expect(execFileSync('gzip', ['-dc', file], { maxBuffer: 1e8 }).toString()).toBe(unpacked(whole));
  });

  it('leaves a whole file as it is', async () => {
    await appendThings(store, 'loan-1', 2);
    await exportToFile({ store, file });
    const whole = await readFile(file);
    await appendThings(store, 'loan-1', 1);
    expect(await exportToFile({ store, file, continue: true })).toMatchObject({ events: 2, kept: 2 });
    expect(await readFile(file)).toEqual(whole);
  });

  it('does not overwrite, and refuses other options, another store, other gzip files and files it cannot write', async () => {
    await appendThings(store, 'loan-1', 3);
    await exportToFile({ store, file });
    await expect(exportToFile({ store, file })).rejects.toMatchObject({ code: 'EXPORT_FILE_EXISTS' });
    const cut = (await readFile(file)).length - 150;
    await truncate(file, cut);
    await expect(exportToFile({ store, file, prefix: 'loan-', continue: true })).rejects.toThrow('another prefix');
    const other = await workshop.memory();
    await appendThings(other, 'loan-1', 3);
    await expect(exportToFile({ store: other, file, continue: true })).rejects.toThrow('is not in the store');
    await writeFile(`${file}.gz`, gzipSync('text'));
    await expect(exportToFile({ store, file: `${file}.gz`, continue: true })).rejects.toThrow('not compressed by eventspan');
    await expect(exportToFile({ store, file: join(file, 'below') })).rejects.toMatchObject({ code: 'EXPORT_FILE_UNWRITABLE' });
    expect((await readFile(file)).length).toBe(cut);
  });

  it('goes on when the last stream of the file has been deleted meanwhile', async () => {
    await appendThings(store, 'loan-1', 2);
    await appendThings(store, 'loan-2', 2);
    await exportToFile({ store, file });
    await truncate(file, (await readFile(file)).lastIndexOf('\n', -2) - 5);
    await deleteStream(store, 'loan-2', { reason: 'asked for' });
    await exportToFile({ store, file, continue: true });
    await expect(verifyExport({}, openExport(file))).resolves.toMatchObject({ streams: 2 });
  });
});

function unpacked(bytes: Buffer): string {
  return bytes[0] === 0x1f ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
}
