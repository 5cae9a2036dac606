import { Command, InvalidArgumentError, Option } from 'commander';
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fromGenerator, fromLog, type Input } from './input.js';

/** What the program was asked for. */
export interface LoansOptions {
  readonly log?: string;
  readonly generate?: number;
  readonly seed: number;
  readonly limit?: number;
  readonly store: 'memory' | 'sqlite' | 'spanner';
  readonly transport: 'in-process' | 'pubsub';
  readonly file?: string;
  readonly database?: string;
  readonly fresh: boolean;
  readonly inFlight: number;
  readonly json: boolean;
}

/** Reads the command line. Throws `CommanderError` with a message on stderr that names the option. */
export function parseOptions(argv: readonly string[]): LoansOptions {
  const program = new Command('loans')
    .description('Feeds loan applications to the loan process, record by record, and verifies its read models.')
    .addOption(new Option('--log <file>', 'a log in XES, .xes or .xes.gz').conflicts('generate'))
    .addOption(new Option('--generate <n>', 'generate so many applications instead').argParser(wholeNumber))
    .option('--seed <n>', 'of the generated applications', wholeNumber, 1)
    .option('--limit <n>', 'only the first applications of the log', wholeNumber)
    .addOption(new Option('--store <store>', 'where the log is kept').choices(['memory', 'sqlite', 'spanner']).default('sqlite'))
    .addOption(new Option('--transport <transport>', 'how events travel').choices(['in-process', 'pubsub']).default('in-process'))
    .option('--file <db>', 'the file of --store sqlite (default: one in the temporary folder, removed when all is verified)')
    .option('--database <name>', "name of Spanner's database and of Pub/Sub's topic (default: one for this input)")
    .option('--fresh', 'remove the file of --store sqlite first', false)
    .option('--in-flight <n>', 'commands executed at a time', wholeNumber, 64)
    .option('--json', 'the last line is the result as JSON', false)
    .addHelpText('after', '\nKilled and started again with the same options, it goes on where it was.')
    .exitOverride()
    .parse(argv);
  const options = program.opts<LoansOptions>();
  const fault = faultOf(options);
  if (fault !== undefined) program.error(`error: ${fault}`);
  return options;
}

export function inputOf({ log, limit, generate = 0, seed }: LoansOptions): Input {
  return log === undefined ? fromGenerator(generate, seed) : fromLog(log, limit);
}

/** The same for the same input, so that a run that was killed is found again. */
export function nameOf({ log, limit, generate, seed }: LoansOptions): string {
  const input = JSON.stringify([log === undefined ? [generate, seed] : path.resolve(log), limit]);
  return `loans-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
}

function faultOf({ log, generate, limit, file, database, fresh, store, transport }: LoansOptions): string | undefined {
  if (log === undefined && generate === undefined) return "option '--log <file>' or '--generate <n>' is needed";
  if (log !== undefined && !isReadable(log)) return `option '--log <file>': ${log} does not exist or cannot be read`;
  if (limit !== undefined && log === undefined) return "option '--limit <n>' goes with '--log <file>'";
  if (file !== undefined && store !== 'sqlite') return "option '--file <db>' goes with '--store sqlite'";
  if (fresh && store === 'spanner') return "option '--fresh' does not go with '--store spanner': name another '--database <name>'";
  if (database !== undefined && store !== 'spanner' && transport !== 'pubsub') {
    return "option '--database <name>' goes with '--store spanner' or '--transport pubsub'";
  }
  return undefined;
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9,999,999.');
  return Number(text);
}
