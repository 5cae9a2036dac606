import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replayTest, type ReplayTestOptions } from '../../src/testing/index.js';
import { Loan, loanOf } from './support/loans.js';
import { temporaryFolder } from './support/folder.js';
import { append, HISTORY, newStore, writeHistory } from './support/stored.js';

const folder = temporaryFolder();

/** Collects tests, and runs them when told. */
class Runner {
  readonly tests = new Map<string, () => Promise<void>>();
  private group = '';

  describe = (name: string, define: () => void): void => {
    this.group = name;
    define();
  };

  it = (name: string, run: () => Promise<void>): void => {
    this.tests.set(`${this.group} > ${name}`, run);
  };

  /** The names with what they failed with. */
  async run(): Promise<Record<string, string>> {
    const ended: Record<string, string> = {};
    for (const [name, run] of this.tests) {
      ended[name] = await run().then(
        () => 'passed',
        (error: { readonly code?: string }) => error.code ?? 'no code',
      );
    }
    return ended;
  }
}

async function history(name: string): Promise<string> {
  const store = await newStore();
  const file = path.join(folder(), name);
  await append(store, 'loan-1', HISTORY);
  await append(store, 'loan-2', HISTORY.slice(0, 3));
  await writeHistory(file, store, ['loan-1', 'loan-2']);
  return file;
}

async function outcomes(options: Partial<ReplayTestOptions> = {}): Promise<Record<string, string>> {
  const runner = new Runner();
  replayTest({ events: `${folder()}/*.ndjson`, aggregates: [Loan], runner, update: false, ...options });
  return runner.run();
}

describe('replayTest', () => {
  it('defines one test for each stream, which pass with golden states and fail without', async () => {
    const file = await history('loans.ndjson');
    const names = ['loan-1', 'loan-2', 'has golden states of its own streams alone'].map((name) => `replay of ${file} > ${name}`);
    expect(await outcomes()).toEqual({
      [names[0] as string]: 'GOLDEN_MISSING',
      [names[1] as string]: 'GOLDEN_MISSING',
      [names[2] as string]: 'passed',
    });
    const passed = Object.fromEntries(names.map((name) => [name, 'passed']));
    expect(await outcomes({ update: true })).toEqual(passed);
    expect(await outcomes()).toEqual(passed);
    expect(Object.values(await outcomes({ aggregates: [loanOf({ paidCounts: 2 })] }))).toEqual(['GOLDEN_DIFFERS', 'passed', 'passed']);
  });

  it('fails for what is wrong with a file', async () => {
    const file = await history('loans.ndjson');
    await outcomes({ update: true });
    await writeFile(file, `${await readFile(file, 'utf8')}not a line\n`);
    const failed = Object.values(await outcomes());
    expect(failed).toHaveLength(3);
    expect(new Set(failed).size).toBe(1);
    expect(failed[0]).toMatch(/INVALID/);
  });

  it('fails for a golden state whose stream is gone', async () => {
    const file = await history('loans.ndjson');
    await outcomes({ update: true });
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, lines.filter((line) => !line.includes('"loan-2"')).join('\n'));
    expect(Object.values(await outcomes())).toEqual(['passed', 'GOLDEN_OUTDATED']);
  });

  it('refuses what finds no file, and what has no runner', async () => {
    await expect(outcomes()).rejects.toMatchObject({ code: 'HISTORY_NOT_FOUND' });
    await history('loans.ndjson');
    const { describe: _, ...half } = new Runner();
    await expect(outcomes({ runner: half as never })).rejects.toThrow();
  });
});

/** As a team writes it, with recorded histories and golden states in the repository. */
replayTest({ events: 'test/replay/histories/**/*.ndjson', aggregates: [Loan] });
