import { importEvents, openExport, readLog, verifyExport, type EventStore } from 'eventspan';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exportText, inPieces } from './support/export-text.js';
import { appendThings } from './support/round-trips.js';
import { all, Workshop } from './support/stores.js';

const workshop = new Workshop();
let lines: readonly string[];
let target: EventStore;

beforeEach(async () => {
  const source = await workshop.memory();
  await appendThings(source, 'loan-1', 3);
  await appendThings(source, 'loan-2', 2);
  lines = (await exportText(source)).trimEnd().split('\n');
  target = await workshop.memory();
});
afterEach(() => workshop.clean());

/** The export with one line made another. */
function withLine(line: number, change: (text: string) => string): string {
  return `${lines.map((text, at) => (at + 1 === line ? change(text) : text)).join('\n')}\n`;
}

function withAttribute(name: string, value: unknown): (text: string) => string {
  return (text) => JSON.stringify({ ...(JSON.parse(text) as object), [name]: value });
}

describe('[memory] importing what is no export', () => {
  it.each<[string, (text: string) => string, string]>([
    ['a cut line', (text) => text.slice(0, 40), 'it ends'],
    ['text that is no JSON', () => 'hello', 'not a JSON object'],
    ['an array', () => '[]', 'not a JSON object'],
    ['an empty line', () => '', 'it is empty'],
    ['a payload that is no JSON', (text) => text.replace(/"data":.*$/, '"data":{"n":}}'), 'not a JSON object'],
    ['an attribute that is there twice', (text) => text.replace('{', '{"id":"x",'), 'id is in it twice'],
    ['an attribute of others', withAttribute('color', 'red'), '"color"'],
    ['a missing attribute', withAttribute('subject', undefined), 'subject is missing'],
    ['an id that is no text', withAttribute('id', 7), 'id is no text'],
    ['an id that no store keeps', withAttribute('id', 'x'.repeat(80)), 'event id'],
    ['a stream that no store keeps', withAttribute('subject', ''), 'position is not that'],
    ['a version that is none', withAttribute('streamversion', 1.5), 'streamversion'],
    ['another version than its position', withAttribute('streamversion', 9), 'position is not that'],
    ['a time that is not that of its position', withAttribute('time', '2026-01-01T00:00:00Z'), 'time is not that'],
    ['a position that is none', withAttribute('position', 'there'), 'position is "there"'],
    ['another CloudEvents version', withAttribute('specversion', '0.3'), 'specversion'],
    ['two payloads', withAttribute('data_base64', 'e30='), 'either data or data_base64'],
    ['no payload', withAttribute('data', undefined), 'either data or data_base64'],
    ['a second first line', () => lines[0] as string, 'first line of another export'],
    ['a last line before its place', () => lines.at(-1) as string, 'events'],
  ])('names %s with its line, and keeps what stands before it', async (_, change, reason) => {
    const text = withLine(4, change);
    const error: unknown = await importEvents({ store: target }, inPieces(text, 37)).catch((thrown: unknown) => thrown);
    const code = reason === 'events' ? 'EXPORT_CHECKSUM_DIFFERS' : 'EXPORT_LINE_INVALID';
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(reason);
    if (code === 'EXPORT_LINE_INVALID') expect(error).toMatchObject({ details: { line: 4 } });
    expect(await all(readLog(target))).toHaveLength(2);
    // The sound file goes on from there.
    expect(await importEvents({ store: target }, inPieces(`${lines.join('\n')}\n`))).toMatchObject({ imported: 3, present: 2 });
  });

  it('names bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(
      withLine(3, (text) => text.replace('thing', 'th~ng')),
      'utf8',
    );
    bytes[bytes.indexOf('~')] = 0xff;
    await expect(importEvents({ store: target }, inPieces(bytes))).rejects.toMatchObject({
      code: 'EXPORT_LINE_INVALID',
      details: { line: 3, reason: 'it is not UTF-8' },
    });
  });

  it('ends before a line without end fills the memory', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${lines[0]}\n`);
      for (;;) yield Buffer.alloc(1_000_000, 0x20);
    }
    await expect(importEvents({ store: target }, endless())).rejects.toMatchObject({
      code: 'EXPORT_LINE_INVALID',
      details: { line: 2, reason: expect.stringContaining('longer') as string },
    });
  });

  it('names a hole, an event out of order, and one after the end of its stream', async () => {
    const text = (chosen: readonly (string | undefined)[]): AsyncIterable<Uint8Array> => inPieces(`${chosen.join('\n')}\n`);
    const [first, one, two, three, four] = lines;
    await expect(verifyExport({}, text([first, one, three]))).rejects.toThrow('version 3 of loan-1, and version 2 must come next');
    await expect(verifyExport({}, text([first, four, one, two]))).rejects.toThrow('is not after the one before it');
    await expect(verifyExport({}, text([first, two]))).rejects.toThrow('version 2 of loan-1, and version 1 must come next');
  });

  it('refuses another format, what is none, and what follows the end', async () => {
    const other = withLine(1, (text) => text.replace('"format":1', '"format":2'));
    await expect(verifyExport({}, inPieces(other))).rejects.toMatchObject({
      code: 'EXPORT_FORMAT_UNKNOWN',
      details: { format: '2', known: 1 },
    });
    const headless = `${lines.slice(1).join('\n')}\n`;
    await expect(verifyExport({}, inPieces(headless))).rejects.toThrow('it is not the first line of an export');
    await expect(verifyExport({}, inPieces(`${lines.join('\n')}\n${lines[1]}\n`))).rejects.toThrow('after the last line');
    await expect(verifyExport({}, inPieces(`${lines.join('\n')}\nrest`))).rejects.toThrow('Line 8');
    await expect(verifyExport({}, inPieces(''))).rejects.toMatchObject({ code: 'EXPORT_INCOMPLETE' });
  });

  it('takes a last line without line end', async () => {
    expect(await verifyExport({}, inPieces(lines.join('\n')))).toMatchObject({ events: 5, streams: 2 });
  });

  it('tells of a changed payload, a changed count and a changed checksum', async () => {
    const changes = [
      withLine(3, (text) => text.replace('"n":1', '"n":2')),
      withLine(7, (text) => text.replace('"events":5', '"events":6')),
    ];
    for (const text of changes) await expect(verifyExport({}, inPieces(text))).rejects.toMatchObject({ code: 'EXPORT_CHECKSUM_DIFFERS' });
  });

  it('imports all that is there of a file cut at any byte, and goes on with the whole one', async () => {
    const text = `${lines.join('\n')}\n`;
    for (let cut = 1; cut < text.length - 2; cut += 61) {
      const store = await workshop.memory();
      await expect(importEvents({ store }, inPieces(text.slice(0, cut), 97))).rejects.toMatchObject({ code: 'EXPORT_INCOMPLETE' });
      const whole = text.slice(0, cut).split('\n').length - 1;
      expect(await all(readLog(store))).toHaveLength(Math.max(0, whole - 1));
      expect(await importEvents({ store }, inPieces(text))).toMatchObject({ events: 5 });
    }
  });

  it('refuses a batch size out of bounds', async () => {
    await expect(importEvents({ store: target, batchSize: 0 }, inPieces(''))).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('[memory] reading export files', () => {
  it('says which file cannot be read', async () => {
    const folder = await workshop.folder();
    await expect(all(openExport(join(folder, 'none.ndjson')))).rejects.toMatchObject({ code: 'EXPORT_FILE_UNREADABLE' });
    const file = join(folder, 'damaged.ndjson.gz');
    const bytes = gzipSync(`${lines.join('\n')}\n`);
    bytes[20] = (bytes[20] as number) ^ 0xff;
    await writeFile(file, bytes);
    await expect(verifyExport({}, openExport(file))).rejects.toMatchObject({ code: 'EXPORT_FILE_UNREADABLE' });
  });

  it('reads gzip files of other programs, and tells when they were cut off', async () => {
    const file = join(await workshop.folder(), 'other.ndjson.gz');
    const bytes = gzipSync(`${lines.join('\n')}\n`);
    await writeFile(file, bytes);
    expect(await verifyExport({}, openExport(file))).toMatchObject({ events: 5 });
    await writeFile(file, bytes.subarray(0, bytes.length - 20));
    await expect(verifyExport({}, openExport(file))).rejects.toMatchObject({ code: 'EXPORT_INCOMPLETE' });
  });
});
