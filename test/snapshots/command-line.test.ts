import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEnvironment, type VerifySnapshotsReport } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { oneOfEverything } from './support/broken.js';

const ROOT = join(__dirname, '../..');
const COMMAND = ['--require', join(ROOT, 'test/support/run-source.cjs'), join(ROOT, 'src/cli/main.ts'), 'verify-snapshots'];
const folder = mkdtempSync(join(tmpdir(), 'verify-cli-'));
const file = join(folder, 'orders.db');

beforeAll(async () => {
  const provider = sqlite(file);
  await provider.migrate(systemEnvironment());
  const store = await provider.open(systemEnvironment());
  await oneOfEverything(store);
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function verify(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const app = ['--app', join(__dirname, 'support/order-app.cjs')];
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...app, ...args], { cwd: ROOT, env: { ...process.env, DB: file } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('eventspan verify-snapshots', () => {
  it('ends with 1 and names the stream, the place and both values', async () => {
    const { code, out } = await verify();
    expect(code).toBe(1);
    expect(out).toContain('DIFFERENT order-wrong at version 5: $.total is 5 by its events and 50 by its snapshot');
    expect(out).toContain('1 streams have a snapshot that is passed over: other-revision');
    expect(out).toContain('5 streams, 4 with a snapshot: 1 different, 0 failed.');
  });

  it('prints one JSON line', async () => {
    const { code, out } = await verify('--json', '--aggregate', 'order', '--concurrency', '2');
    expect(code).toBe(1);
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(out) as VerifySnapshotsReport).toMatchObject({ checked: 5, differences: 1, unusable: { corrupt: 1 } });
  });

  it('ends with 0 where there is nothing to find, and takes a sample', async () => {
    expect(await verify('--aggregate', 'tally')).toMatchObject({ code: 0, out: expect.stringContaining('0 different') as string });
    const { out } = await verify('--sample', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({ checked: 2, withSnapshot: 2 });
  });

  it('ends with 2 on an aggregate that is not there', async () => {
    const { code, err } = await verify('--aggregate', 'invoice');
    expect([code, err]).toEqual([2, expect.stringContaining('invoice')]);
  });
});
