import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { inProcess } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { fromGenerator } from './input.js';
import { Interrupted, interruption } from './interruption.js';
import { Progress } from './progress.js';
import { describeRun } from './report.js';
import { runLoans } from './run.js';

const FILE = path.join(__dirname, '..', '..', 'demo', 'loans.db');

/** The loan process on SQLite and in-process delivery, with generated applications. */
async function main(): Promise<void> {
  const program = new Command('demo')
    .description('Thousands of loan applications go through commands, the log, the relay and projectors, on SQLite.')
    .option('--applications <n>', 'how many', wholeNumber, 2_000)
    .option('--seed <n>', 'the same seed gives the same applications', wholeNumber, 1)
    .exitOverride()
    .parse();
  const { applications, seed } = program.opts<{ applications: number; seed: number }>();
  const progress = new Progress();
  removeDatabase();
  progress.say(`${applications} loan applications, on SQLite with in-process delivery ...`);
  const report = await runLoans({
    store: sqlite(FILE),
    transport: inProcess(),
    input: fromGenerator(applications, seed),
    progress,
    signal: interruption(),
  });
  console.log(describeRun(report));
  console.log(whereNext());
  process.exitCode = report.verification.differences.length === 0 ? 0 : 1;
}

function removeDatabase(): void {
  mkdirSync(path.dirname(FILE), { recursive: true });
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${FILE}${suffix}`, { force: true });
}

function whereNext(): string {
  return `
Where to look next:
  examples/loans/README.md                        what you have just seen
  examples/loans/application/application.ts       the domain: rules in a decorated class
  examples/loans/read-models/                     three projectors
  ${path.relative(process.cwd(), FILE).padEnd(46)}  the database: tables events, loan_book, work_times ...
  npm run loans -- --help                         the same on a real log, on Spanner and Pub/Sub`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9,999,999.');
  return Number(text);
}

main().catch((error: unknown) => {
  if (error instanceof Error && 'exitCode' in error) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(error instanceof Interrupted ? error.message : error);
  process.exitCode = 1;
});
