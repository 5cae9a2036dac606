import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemEnvironment } from '../../src/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { LoanPaid } from './support/loans.js';
import { temporaryFolder } from './support/folder.js';
import { append, HISTORY } from './support/stored.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
const folder = temporaryFolder();
let file: string;
let app: string;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In the folder of the test, as a team would in that of its application. */
function eventspan(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...args], { cwd: folder(), env: process.env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function grow(streamId: string, events: readonly object[]): Promise<void> {
  const store = await sqlite(file, { migrate: 'auto' }).open(systemEnvironment());
  await append(store, streamId, events);
  await store.close();
}

async function writeApp(changes: object): Promise<void> {
  const source = `const { loanOf } = require(${JSON.stringify(path.join(ROOT, 'test/replay/support/loans.ts'))});
const { sqlite } = require(${JSON.stringify(path.join(ROOT, 'src/sqlite/index.ts'))});
module.exports = { store: sqlite(${JSON.stringify(file)}), aggregates: [loanOf(${JSON.stringify(changes)})] };`;
  await writeFile(app, source);
}

beforeEach(async () => {
  file = path.join(folder(), 'loans.db');
  app = path.join(folder(), 'eventspan.config.cjs');
  await grow('loan-173688', HISTORY);
  await grow('loan-173689', HISTORY.slice(0, 2));
  await writeApp({});
});

describe('[sqlite] eventspan record', () => {
  it('records with masks, says what was not masked, and what it recorded replays', async () => {
    const recorded = await eventspan('record', '--store', `sqlite:${file}`, '--mask', 'applicant, address', '--seed', '7');
    expect(recorded).toMatchObject({ code: 0, err: '' });
    expect(recorded.out).toContain('Recorded 2 streams, 6 events, in histories.');
    expect(recorded.out).toContain('  loan.noted: note\n');
    const missing = await eventspan('replay', 'histories/**/*.ndjson');
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('EVENTSPAN_UPDATE_GOLDEN=1') });
    const written = await eventspan('replay', 'histories/**/*.ndjson', '--update');
    expect(written).toMatchObject({ code: 0, out: '2 streams, 6 events in 2 files: 0 same, 2 written, 0 failed.\n' });
    const same = await eventspan('replay', 'histories/**/*.ndjson', '--json');
    expect([same.code, JSON.parse(same.out)]).toEqual([
      0,
      { files: 2, streams: 2, events: 6, same: 2, written: 0, failed: 0, failures: [] },
    ]);
    await writeApp({ paidCounts: 2 });
    const changed = await eventspan('replay', 'histories/**/*.ndjson');
    expect([changed.code, changed.out]).toEqual([
      1,
      expect.stringMatching(/They differ from version 4 on, after loan\.paid\.[^]*paid: 120 → 240/),
    ]);
    const json = JSON.parse((await eventspan('replay', 'histories/**/*.ndjson', '--json')).out) as { failures: object[] };
    expect(json.failures).toMatchObject([{ code: 'GOLDEN_DIFFERS', streamId: expect.stringMatching(/^loan-\d{6}$/) }]);
  });

  it('takes a module with a mask function, named streams and a key from the environment', async () => {
    await writeFile(
      path.join(folder(), 'mask.cjs'),
      "exports.mask = (value, { path, mask }) => (path === 'applicant' ? mask(value) : value);",
    );
    const args = [
      'record',
      '--store',
      `sqlite:${file}`,
      '--stream',
      'loan-173688',
      '--mask',
      './mask.cjs',
      '--keep',
      '@streamId',
      '--json',
    ];
    process.env['EVENTSPAN_MASK_KEY'] = 'a secret';
    try {
      const first = await eventspan(...args);
      const report = JSON.parse(first.out) as { files: [string]; unmasked: Record<string, string[]> };
      expect(report).toMatchObject({ streams: 1, events: 4, files: ['histories/loan/loan-173688.ndjson'] });
      expect(report.unmasked['loan.submitted']).toEqual(['address.city', 'address.street', 'amount']);
      const bytes = await readFile(path.join(folder(), report.files[0]), 'utf8');
      expect(bytes).not.toContain('Ann Example');
      await eventspan(...args);
      expect(await readFile(path.join(folder(), report.files[0]), 'utf8')).toBe(bytes);
    } finally {
      delete process.env['EVENTSPAN_MASK_KEY'];
    }
  });

  it.each([
    ['a field that no event has', ['--mask', 'aplicant'], 1, 'RECORD_FIELD_UNKNOWN'],
    ['a module that is not there', ['--mask', './none.js'], 2, '--mask'],
    ['a module without a function', ['--mask', './eventspan.config.cjs'], 2, 'exports a function'],
    ['an aggregate without streams', ['--aggregate', 'lone'], 1, 'RECORD_NOTHING'],
  ])('refuses %s', async (_, args, code, text) => {
    expect(await eventspan('record', '--store', `sqlite:${file}`, ...args)).toMatchObject({ code, err: expect.stringContaining(text) });
  });
});

describe('[sqlite] eventspan replay --from-store', () => {
  it('accepts states, and ends with 1 when they change or a stream no longer loads', async () => {
    const args = ['replay', '--from-store', '--accepted', 'accepted.ndjson'];
    const first = await eventspan(...args, '--accept');
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringContaining('Accepted 2 states.'),
      err: expect.stringContaining('2 streams, 6 events'),
    });
    await grow('loan-173689', [new LoanPaid(7)]);
    const grown = await eventspan(...args, '--json');
    expect([grown.code, JSON.parse(grown.out)]).toMatchObject([0, { streams: 2, same: 1, grown: 1, changed: 0, failed: 0 }]);
    await writeApp({ paidCounts: 2 });
    const changed = await eventspan(...args);
    expect([changed.code, changed.out]).toEqual([1, expect.stringContaining('CHANGED loan-173688: Its state at version 4')]);
    await writeApp({ refusesNotes: true });
    const failed = await eventspan(...args, '--aggregate', 'loan', '--concurrency', '2', '--store', `sqlite:${file}`);
    expect([failed.code, failed.out]).toEqual([
      1,
      expect.stringMatching(/FAILED loan-173688: .*notes are not supported[^]*RangeError[^]*2 failed/),
    ]);
    await writeApp({ paidCounts: 2 });
    expect(await eventspan(...args, '--accept')).toMatchObject({ code: 0 });
    expect(await eventspan(...args)).toMatchObject({ code: 0 });
  });

  it.each([
    ['neither files nor a store', ['replay']],
    ['files and a store', ['replay', 'x.ndjson', '--from-store']],
    ['--accept without a file', ['replay', '--from-store', '--accept']],
    ['an app that is not there', ['replay', '--from-store', '--app', 'none.js']],
  ])('ends with 2 on %s', async (_, args) => {
    expect(await eventspan(...args)).toMatchObject({ code: 2, err: expect.stringContaining('OPTION_INVALID') });
  });
});
