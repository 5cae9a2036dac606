import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'eventspan-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(...args: string[]): Promise<Ended> {
  return eventspanIn({}, ...args);
}

function eventspanIn(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...args], { cwd: ROOT, env: { ...process.env, ...variables } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('eventspan', () => {
  it('shows its version and its commands', async () => {
    const { out } = await eventspan('--version');
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await eventspan('--help');
    expect(help.code).toBe(0);
    for (const command of ['migrate', 'ensure', 'emulators']) expect(help.out).toContain(command);
  });

  it.each([
    ['a command that is none', ['fly'], 'fly'],
    ['a missing option', ['migrate'], '--store'],
    ['a store that is none', ['migrate', '--store', 'mysql:x'], 'mysql:x'],
    ['a number that is none', ['migrate', '--store', 'sqlite:x', '--shards', 'many'], '--shards'],
    ['a transport that is none', ['ensure', '--transport', 'kafka:x'], 'kafka:x'],
  ])('ends with 2 and names %s', async (_, args, named) => {
    const { code, err } = await eventspan(...args);
    expect(code).toBe(2);
    expect(err).toContain(named);
  });
});

describe('eventspan migrate', () => {
  it('makes a store, twice at once, and has nothing to do afterwards', async () => {
    const store = `sqlite:${path.join(folder, 'migrated.db')}`;
    const both = await Promise.all([eventspan('migrate', '--store', store, '--json'), eventspan('migrate', '--store', store, '--json')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const applied = both.flatMap(({ out }) => (JSON.parse(out) as { applied: string[] }).applied);
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied).size).toBe(applied.length);
    expect((await eventspan('migrate', '--store', store)).out).toContain('is up to date');
  });

  it('refuses another number of shards with the code and ends with 1', async () => {
    const store = `sqlite:${path.join(folder, 'sharded.db')}`;
    await eventspan('migrate', '--store', store, '--shards', '4');
    const { code, err } = await eventspan('migrate', '--store', store, '--shards', '8');
    expect(code).toBe(1);
    expect(err).toContain('SHARD_COUNT_DIFFERS');
  });
});

describeWithEmulator(['spanner'], 'eventspan emulators', () => {
  it('prints the variables, serves until it is told to stop, and leaves nothing behind', async () => {
    const { SPANNER_EMULATOR_HOST: _, ...environment } = process.env;
    const child = spawn(process.execPath, [...COMMAND, 'emulators', '--spanner', '--json'], { cwd: ROOT, env: environment });
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString()));
      child.once('exit', (code) => reject(new Error(`ended with ${code} before it printed`)));
    });
    const host = (JSON.parse(line) as { SPANNER_EMULATOR_HOST: string }).SPANNER_EMULATOR_HOST;
    expect(await answers(host)).toBe(true);
    expect(child.exitCode).toBeNull();
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await answers(host)).toBe(false);
  });
});

describeWithEmulator(['pubsub'], 'eventspan ensure', () => {
  it('makes what an application needs of its transports, and the second time has nothing to do', async () => {
    const [log, orders] = [uniqueName('events'), uniqueName('orders')];
    const app = path.join(__dirname, 'support/orders-app.cjs');
    const variables = { PUBSUB_EMULATOR_HOST: await emulatorHost('pubsub'), TOPICS: `${log},${orders}` };
    const first = await eventspanIn(variables, 'ensure', '--app', app, '--json');
    expect(first.err).toBe('');
    expect(JSON.parse(first.out)).toEqual({
      done: [
        `created projects/eventspan-test/topics/${log}`,
        `created projects/eventspan-test/subscriptions/${log}.publish.orders-public`,
        `created projects/eventspan-test/topics/${orders}`,
      ],
    });
    expect((await eventspanIn(variables, 'ensure', '--app', app)).out).toBe('Everything is as configured.\n');
    expect((await eventspanIn(variables, 'ensure', '--app', app, '--transport', 'pubsub:a/b')).code).toBe(2);
  });
});

function answers(host: string): Promise<boolean> {
  const [address, port] = host.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), address);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}

describe('a command that only reads a store', () => {
  it('takes it with the number of shards it has', async () => {
    const store = `sqlite:${path.join(folder, 'four-shards.db')}`;
    expect((await eventspan('migrate', '--store', store, '--shards', '4')).code).toBe(0);
    for (const command of [
      ['parked', 'list'],
      ['streams', 'list'],
      ['record', '--out', path.join(folder, 'histories')],
    ]) {
      const { err } = await eventspan(...command, '--store', store);
      expect([command, err]).not.toEqual([command, expect.stringContaining('shards')]);
    }
    expect((await eventspan('parked', 'list', '--store', store)).code).toBe(0);
  });

  it('leaves its schema alone, and names what brings it up to date', async () => {
    const { code, err } = await eventspan('parked', 'list', '--store', `sqlite:${path.join(folder, 'never-migrated.db')}`);
    expect(code).toBe(1);
    expect(err).toContain('MIGRATIONS_PENDING');
  });
});
