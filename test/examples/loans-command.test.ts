import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateApplications } from '../../examples/loans/generator/generate.js';
import { nameOf, parseOptions } from '../../examples/loans/options.js';
import { until } from '../support/until.js';
import { xesOf } from './sample-log.js';

const ROOT = path.join(__dirname, '..', '..');
const HOOK = path.join(__dirname, 'run-example.cjs');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(program: string, args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--require', HOOK, path.join(ROOT, `examples/loans/${program}.ts`), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => (stdout += String(piece)));
  child.stderr.on('data', (piece: Buffer) => (stderr += String(piece)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended };
}

const loans = (...args: string[]): Promise<Ended> => start('main', args).ended;
const lastLine = ({ stdout }: Ended): Record<string, unknown> =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'eventspan-loans-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('[sqlite+in-process] the command loans', () => {
  it('feeds a packed log and ends with the result as one line of JSON', async () => {
    const log = path.join(folder, 'sample.xes.gz');
    const traces = [...generateApplications({ count: 40, seed: 2 })];
    writeFileSync(log, gzipSync(xesOf(traces)));
    const ended = await loans('--log', log, '--limit', '25', '--file', path.join(folder, 'sample.db'), '--json');
    const records = traces.slice(0, 25).flatMap((trace) => trace.records).length;
    const { counts, ...result } = lastLine(ended);
    expect(counts).toMatchObject({ A_SUBMITTED: 25, A_PARTLYSUBMITTED: 25 });
    expect(result).toEqual({
      store: 'sqlite',
      transport: 'in-process',
      applications: 25,
      events: records,
      verified: true,
      seconds: expect.any(Number),
      commandsPerSecond: expect.any(Number),
      appendRpcs: records,
      relayRpcs: expect.any(Number),
      projectorRpcs: expect.any(Number),
      peakRssMb: expect.any(Number),
    });
    expect(ended.code).toBe(0);
  });

  it('goes on after it was killed, and each record takes effect once', async () => {
    const file = path.join(folder, 'killed.db');
    const args = ['--generate', '400', '--file', file, '--json'];
    for (const written of [200_000, 600_000]) {
      const { child, ended } = start('main', args);
      await until(() => sizeOf(file) + sizeOf(`${file}-wal`) > written, `the database holds ${written} bytes`, 60_000);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await loans(...args);
    const records = [...generateApplications({ count: 400 })].flatMap((trace) => trace.records).length;
    expect(last.stderr).toContain('records are in the store already');
    expect(lastLine(last)).toMatchObject({ applications: 400, events: records, verified: true });
    expect(lastLine(last)['appendRpcs']).toBeLessThan(records);
  });

  it('says that it is not verified when the store holds another log', async () => {
    const file = path.join(folder, 'other.db');
    await loans('--generate', '5', '--file', file, '--json');
    const ended = await loans('--generate', '3', '--file', file, '--json');
    expect(lastLine(ended)).toMatchObject({ verified: false });
    expect(ended.stderr).toContain('Not verified: the log holds');
    expect(ended.code).toBe(1);
    expect(lastLine(await loans('--generate', '3', '--file', file, '--json', '--fresh'))).toMatchObject({ verified: true });
  });
});

describe('the command loans, called wrongly,', () => {
  it('ends with 2 and names the option', async () => {
    const { code, stdout, stderr } = await loans('--log', '/none/such.xes');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("option '--log <file>': /none/such.xes does not exist");
  });

  it('ends with 2 also for a log that turns out to be broken', async () => {
    const log = path.join(folder, 'broken.xes');
    writeFileSync(log, '<log><trace></log>');
    const { code, stderr } = await loans('--log', log, '--store', 'memory');
    expect(code).toBe(2);
    expect(stderr).toMatch(/option '--log <file>': The log is wrong on line 1/);
  });

  it.each<[args: string[], message: string]>([
    [[], "'--log <file>' or '--generate <n>' is needed"],
    [['--log', 'x.xes', '--generate', '1'], "option '--log <file>' cannot be used with option '--generate <n>'"],
    [['--generate', 'many'], "option '--generate <n>' argument 'many' is invalid"],
    [['--generate', '0'], "option '--generate <n>' argument '0' is invalid"],
    [['--generate', '1', '--store', 'postgres'], "option '--store <store>' argument 'postgres' is invalid"],
    [['--generate', '1', '--limit', '1'], "option '--limit <n>' goes with '--log <file>'"],
    [['--generate', '1', '--store', 'memory', '--file', 'x.db'], "option '--file <db>' goes with '--store sqlite'"],
    [['--generate', '1', '--store', 'spanner', '--fresh'], "option '--fresh' does not go with '--store spanner'"],
    [['--generate', '1', '--database', 'loans'], "option '--database <name>' goes with"],
    [['--generate', '1', '--other'], "unknown option '--other'"],
  ])('refuses %j', (args, message) => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(() => parseOptions(['node', 'loans', ...args])).toThrow(message);
    } finally {
      stderr.mockRestore();
    }
  });
});

describe('a run that names no file and no database', () => {
  const nameFor = (...args: string[]): string => nameOf(parseOptions(['node', 'loans', ...args]));

  it('finds the same ones again for the same input, and others for another', () => {
    expect(nameFor('--generate', '9')).toBe(nameFor('--generate', '9', '--json', '--in-flight', '3'));
    const others = [
      ['--generate', '8'],
      ['--generate', '9', '--seed', '2'],
      ['--log', __filename],
      ['--log', __filename, '--limit', '9'],
    ];
    const names = [['--generate', '9'], ...others].map((args) => nameFor(...args));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^loans-[0-9a-f]{12}$/);
  });
});

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
