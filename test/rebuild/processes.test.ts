import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Eventspan, inProcess, seededRandom, type Row } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { Paid, registry } from '../projections/support/domain.js';
import { until } from '../support/until.js';
import { book } from './support/projectors.js';

const ROOT = path.join(__dirname, '../..');
const HOOK = path.join(ROOT, 'test/support/run-source.cjs');
const APP = path.join(__dirname, 'support/book-app.cjs');
const folder = mkdtempSync(path.join(tmpdir(), 'rebuild-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const children: ChildProcess[] = [];
const apps: Eventspan[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

let files = 0;
const newFile = (): string => path.join(folder, `book-${++files}.db`);

const TUNING = { leaseMs: 1_000, pollMs: 200, liveCacheMs: 200, tailCheckMs: 100 } as const;

async function startedApp(file: string): Promise<Eventspan> {
  const app = await Eventspan.open({
    store: sqlite(file, { shards: 4 }),
    transport: inProcess(),
    projectors: [book(1)],
    projections: TUNING,
  });
  apps.push(app);
  await app.start();
  return app;
}

let ids = 0;
async function pay(app: Eventspan, count: number): Promise<void> {
  for (let at = 0; at < count; at += 20) {
    const writes = Array.from({ length: 20 }, (_, n) => {
      const { type, data, schemaVersion } = registry.serialize(new Paid(`c-${n % 2}`, 1));
      const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion });
      const eventId = `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
      return { streamId: `acc-${n}`, expectedVersion: 'any' as const, events: [{ eventId, type, data, metadata }] };
    });
    await app.store.append({ writes });
  }
}

function environment(file: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, DB: file, ...more };
}

function child(file: string, more: Readonly<Record<string, string>>): ChildProcess {
  const started = spawn(process.execPath, [path.join(__dirname, 'support/book-process.cjs')], {
    env: environment(file, more),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(started);
  return started;
}

async function kill(victim: ChildProcess): Promise<void> {
  if (victim.exitCode !== null || victim.signalCode !== null) return;
  const ended = new Promise((resolve) => victim.once('exit', resolve));
  victim.kill('SIGKILL');
  await ended;
}

const statesOf = async (app: Eventspan): Promise<string[]> =>
  (await app.projections.list()).map(({ version, run, state }) => `${version}.${run} ${state}`);

async function seen(app: Eventspan): Promise<{ total: number; payments: number; counted: number }> {
  const sum = (rows: readonly Row[], column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0);
  const rows = await app.readModel('book').all('accounts');
  return { total: sum(rows, 'total'), payments: sum(rows, 'payments'), counted: sum(await app.readModel('book').all('counts'), 'n') };
}

async function caughtUpToEnd(app: Eventspan): Promise<void> {
  const extents = await app.store.describeShards();
  await app.caughtUp('book', new Map(extents.flatMap(({ shard, last }) => (last === undefined ? [] : [[shard, last] as const]))), {
    timeoutMs: 30_000,
  });
}

describe('[sqlite] a rebuild in other processes, killed with SIGKILL at any moment', () => {
  it('goes on each time, and is exactly right though events are written all the time', async () => {
    const file = newFile();
    const app = await startedApp(file);
    const random = seededRandom(11);
    await pay(app, 2_000);
    let written = 2_000;
    let kills = 0;
    const state = { isWriting: true };
    const writer = (async () => {
      for (; state.isWriting; written += 20) {
        await pay(app, 20);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    while (!(await statesOf(app)).includes('2.0 live')) {
      const victim = child(file, { VERSION: '2', SURCHARGE: '1' });
      const isLast = kills >= 6;
      const deadline = Date.now() + (isLast ? 60_000 : 400 + Math.floor(random() * 1_800));
      await until(async () => Date.now() > deadline || (await statesOf(app)).includes('2.0 live'), 'it is time to kill', 70_000);
      if (isLast) break;
      await kill(victim);
      kills++;
    }
    if (children.every((each) => each.signalCode !== null)) child(file, { VERSION: '2', SURCHARGE: '1' });
    state.isWriting = false;
    await writer;
    await until(async () => (await statesOf(app)).includes('2.0 live'), 'the new version is live', 60_000);
    await caughtUpToEnd(app);
    expect(await statesOf(app)).toEqual(['1.0 retired', '2.0 live']);
    // After a switch elsewhere readers go on with the generation before for up to liveCacheMs.
    await until(async () => (await seen(app)).total > written, 'readers see the new version', 5_000);
    expect(await seen(app)).toEqual({ total: 2 * written, payments: written, counted: written });
    expect(kills).toBeGreaterThan(0);
  }, 180_000);
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(file: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const command = ['--require', HOOK, path.join(ROOT, 'src/cli/main.ts'), ...args, '--app', APP];
    execFile(process.execPath, command, { cwd: ROOT, env: environment(file, {}) }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('[sqlite] the command line', () => {
  it('rebuilds beside a running application, shows progress, lists, rolls back and drops', async () => {
    const file = newFile();
    const app = await startedApp(file);
    await pay(app, 200);
    await caughtUpToEnd(app);

    const rebuilt = await eventspan(file, 'rebuild', 'book');
    expect(rebuilt.err).toContain('book:v1.1 live 200/200 (100 %)');
    expect(rebuilt.out).toContain('book:v1.1 is live.');
    expect(rebuilt.out).toContain('Equal to book:v1');
    expect(rebuilt.code).toBe(0);
    const listed = JSON.parse((await eventspan(file, 'projections', 'list', '--json')).out) as { generations: object[] };
    expect(listed.generations).toMatchObject([
      { version: 1, run: 0, state: 'retired' },
      { version: 1, run: 1, state: 'live' },
    ]);
    await pay(app, 20);
    await caughtUpToEnd(app);
    expect(await seen(app)).toEqual({ total: 220, payments: 220, counted: 220 });

    const rolledBack = await eventspan(file, 'projections', 'rollback', 'book', '--json');
    expect(JSON.parse(rolledBack.out)).toMatchObject({ version: 1, run: 0, state: 'live' });
    expect(await eventspan(file, 'projections', 'drop', 'book', 'v1.0')).toMatchObject({
      code: 1,
      err: expect.stringContaining('GENERATION_NOT_DROPPABLE') as string,
    });
    expect((await eventspan(file, 'projections', 'drop', 'book')).out).toContain('Dropped v1.1 of book');
  });

  it('leaves a rebuild that is interrupted where it is, goes on with it, and cancels', async () => {
    const file = newFile();
    const app = await startedApp(file);
    await pay(app, 400);
    await caughtUpToEnd(app);
    await app.stop();
    apps.splice(0);

    const command = ['--require', HOOK, path.join(ROOT, 'src/cli/main.ts'), 'rebuild', 'book', '--app', APP, '--switch', 'manual'];
    const slow = spawn(process.execPath, command, {
      cwd: ROOT,
      env: environment(file, { SLOW_MS: '20' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(slow);
    let err = '';
    slow.stderr.on('data', (data: Buffer) => (err += data.toString()));
    await until(() => err.includes('filling'), 'it fills', 20_000);
    const ended = new Promise((resolve) => slow.once('exit', resolve));
    slow.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(err).toContain('is left where it is');

    const again = await eventspan(file, 'rebuild', 'book', '--switch', 'manual', '--json');
    expect(JSON.parse(again.out)).toMatchObject({
      run: 1,
      state: 'ready',
      joined: true,
      events: { done: 400, total: 400 },
      comparison: { equal: true },
    });
    expect(JSON.parse((await eventspan(file, 'rebuild', 'book', '--cancel', '--json')).out)).toMatchObject({ run: 1, state: 'cancelled' });
  }, 60_000);

  it('ends with 1 and the code for what is refused, and with 2 when it is called wrongly', async () => {
    const file = newFile();
    await (await startedApp(file)).stop();
    apps.splice(0);
    expect(await eventspan(file, 'rebuild', 'nothing')).toMatchObject({
      code: 1,
      err: expect.stringContaining('PROJECTOR_UNKNOWN') as string,
    });
    expect(await eventspan(file, 'projections', 'switch', 'book')).toMatchObject({
      code: 1,
      err: expect.stringContaining('REBUILD_NOT_RUNNING') as string,
    });
    expect(await eventspan(file, 'projections', 'rollback', 'book', '--to', 'last')).toMatchObject({ code: 2 });
    expect(await eventspan(file, 'rebuild', 'book', '--switch', 'sometimes')).toMatchObject({ code: 2 });
  });
});
