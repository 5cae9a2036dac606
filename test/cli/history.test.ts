import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemEnvironment } from '../../src/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { appendHistory } from '../evolution/order-history.js';
import { counting } from '../history/support/orders.js';
import { appendThings } from '../history/support/round-trips.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
let folder: string;
let store: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'eventspan-cli-history-'));
  const file = path.join(folder, 'source.db');
  store = `sqlite:${file}`;
  const opened = await sqlite(file).open(systemEnvironment());
  await appendThings(opened, 'loan-1', 3);
  await appendThings(opened, 'loan-2', 2);
  await appendHistory(opened, 'order-1', counting('e'));
  await opened.close();
  await writeFile(path.join(folder, 'app.cjs'), APP);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const APP = `
const { Order, UPCASTERS } = require(${JSON.stringify(path.join(ROOT, 'test/evolution/order-history.ts'))});
const { sqlite } = require(${JSON.stringify(path.join(ROOT, 'src/sqlite/index.ts'))});
module.exports = { store: sqlite(__dirname + '/source.db'), aggregates: [Order], upcasters: UPCASTERS };
`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(args: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...COMMAND, ...args], { cwd: ROOT, maxBuffer: 1e8 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    if (input !== undefined && child.stdin !== null) createReadStream(input).pipe(child.stdin);
  });
}

async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await eventspan([...args, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}

const inFolder = (name: string): string => path.join(folder, name);

describe('[sqlite] eventspan export and import', () => {
  it('take a log through a file into another store, and verify it', async () => {
    const file = inFolder('log.ndjson.gz');
    const exported = await done('export', '--store', store, '--out', file);
    expect(exported).toMatchObject({ events: 19, streams: 3, kept: 0 });
    const target = `sqlite:${inFolder('target.db')}`;
    expect(await done('import', file, '--store', target, '--shards', '4', '--verify')).toMatchObject({ imported: 19, present: 0 });
    expect(await done('import', file, '--store', target)).toMatchObject({ imported: 0, present: 19 });
    expect(await done('verify-export', file, '--store', target)).toMatchObject({ events: 19 });
  });

  it('work through pipes', async () => {
    const { out, err } = await eventspan(['export', '--store', store, '--aggregate', 'loan', '--json']);
    expect(JSON.parse(err)).toMatchObject({ events: 5 });
    const file = inFolder('piped.ndjson');
    await writeFile(file, out);
    const { code, out: imported } = await eventspan(['import', '-', '--store', `sqlite:${inFolder('piped.db')}`, '--json'], file);
    expect(code).toBe(0);
    expect(JSON.parse(imported)).toMatchObject({ imported: 5 });
  });

  it('go on with a file that was cut off', async () => {
    const file = inFolder('cut.ndjson');
    await done('export', '--store', store, '--out', file);
    await truncate(file, (await readFile(file)).length - 300);
    const target = `sqlite:${inFolder('cut.db')}`;
    const refused = await eventspan(['import', file, '--store', target]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('EXPORT_INCOMPLETE');
    expect(await done('export', '--store', store, '--out', file, '--continue')).toMatchObject({ events: 19 });
    // The refused import was checked first and has written nothing.
    expect(await done('import', file, '--store', target)).toMatchObject({ imported: 19 });
  });

  it('copies through upcasters of an app', async () => {
    const args = ['copy', '--from', store, '--to', `sqlite:${inFolder('copy.db')}`, '--prefix', 'order-'];
    expect(await done(...args, '--upcast', '--app', inFolder('app.cjs'))).toMatchObject({ read: 14, written: 12 });
  });
});

describe('[sqlite] eventspan diff', () => {
  it('shows what became of an aggregate, as text and as data', async () => {
    const args = ['diff', 'order', '1', '--app', inFolder('app.cjs'), '--from', '1', '--to', '2'];
    expect((await eventspan(args)).out).toContain("+ $.facts[1]: '2 of pen'");
    expect(await done(...args)).toMatchObject({ from: 1, to: 2, changes: [{ kind: 'added' }, { kind: 'added' }] });
  });
});

describe('[sqlite] eventspan streams', () => {
  it('lists, closes and deletes', async () => {
    const file = inFolder('streams.ndjson');
    await done('export', '--store', store, '--out', file, '--prefix', 'loan-');
    const target = `sqlite:${inFolder('streams.db')}`;
    await done('import', file, '--store', target);
    expect((await eventspan(['streams', 'list', '--store', target])).out).toBe('loan-1  version 3\nloan-2  version 2\n');
    expect(await done('streams', 'close', 'loan-1', '--store', target, '--reason', 'paid back', '--actor', 'ann')).toMatchObject({
      version: 4,
    });
    const kept = await eventspan(['streams', 'delete', 'loan-2', '--store', target, '--reason', 'asked for']);
    expect(kept).toMatchObject({ code: 2, err: expect.stringContaining('--yes') as string });
    expect(await done('streams', 'delete', 'loan-2', '--store', target, '--reason', 'asked for', '--yes')).toMatchObject({ removed: 2 });
    expect(await done('streams', 'list', '--store', target, '--closed')).toMatchObject({
      streams: [
        { streamId: 'loan-1', kind: 'archived', reason: 'paid back' },
        { streamId: 'loan-2', kind: 'deleted' },
      ],
    });
    expect((await eventspan(['streams', 'list', '--store', target, '--limit', '1'])).err).toContain('There are more');
  });
});

describe('[sqlite] eventspan on wrong input', () => {
  it.each<[string, readonly string[], number, string]>([
    ['an export over a file', ['export', '--store', 'STORE', '--out', 'FOLDER/app.cjs'], 1, 'EXPORT_FILE_EXISTS'],
    ['a continuation of standard output', ['export', '--store', 'STORE', '--continue'], 2, '--continue'],
    ['a file that is none', ['import', 'FOLDER/none', '--store', 'STORE'], 1, 'EXPORT_FILE_UNREADABLE'],
    ['a file that is no export', ['verify-export', 'FOLDER/app.cjs'], 1, 'EXPORT_LINE_INVALID'],
    ['a copy into itself', ['copy', '--from', 'STORE', '--to', 'STORE'], 1, 'COPY_INTO_ITSELF'],
    ['an aggregate that is none', ['diff', 'ship', '1', '--app', 'FOLDER/app.cjs', '--from', '1'], 2, 'order'],
    ['a moment that is none', ['diff', 'order', '1', '--app', 'FOLDER/app.cjs', '--from', 'monday'], 2, 'monday'],
    ['a stream that is none', ['streams', 'close', 'ship-1', '--store', 'STORE', '--reason', 'x'], 1, 'STREAM_UNKNOWN'],
    ['a closing without reason', ['streams', 'close', 'loan-1', '--store', 'STORE'], 2, '--reason'],
  ])('ends with the code and the message: %s', async (_, args, code, text) => {
    const ended = await eventspan(args.map((arg) => arg.replace('STORE', store).replace('FOLDER', folder)));
    expect(ended.err).toContain(text);
    expect(ended.code).toBe(code);
  });
});
