import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';

/** What the program was asked for. */
export interface CheckoutOptions {
  readonly orders: number;
  readonly faults: boolean;
  readonly store: 'memory' | 'sqlite' | 'spanner';
  readonly transport: 'in-process' | 'pubsub';
  /** 1: all services in this process; 5: one process each. */
  readonly processes: 1 | 5;
  readonly port: number;
  /** Of the store `sqlite`; kept. */
  readonly file?: string;
  readonly json: boolean;
}

/** Reads the command line. Throws `CommanderError` with a message on stderr that names the option. */
export function parseOptions(argv: readonly string[]): CheckoutOptions {
  const program = new Command('checkout')
    .description('Five services take orders, talk by messages, undo what cannot be had, and are audited from the log.')
    .option('--orders <n>', 'orders that customers place', wholeNumber, 200)
    .option('--faults', 'lose, double and delay messages, and have services fail (default)', true)
    .option('--no-faults', 'have nothing go wrong but what is business')
    .addOption(new Option('--store <store>', 'where the log is kept').choices(['memory', 'sqlite', 'spanner']).default('sqlite'))
    .addOption(new Option('--transport <transport>', 'how events travel').choices(['in-process', 'pubsub']).default('in-process'))
    .addOption(new Option('--processes <n>', '1, or 5: one for each service').choices(['1', '5']).default('1'))
    .option('--port <n>', 'of the front (default: a free one)', wholeNumber, 0)
    .option('--file <db>', 'a new file for --store sqlite, which is kept (default: one that is removed)')
    .option('--json', 'the last line is the result as JSON', false)
    .exitOverride()
    .parse(argv);
  const given = program.opts<Omit<CheckoutOptions, 'processes'> & { readonly processes: '1' | '5' }>();
  const options: CheckoutOptions = { ...given, processes: given.processes === '5' ? 5 : 1 };
  if (options.processes === 5 && options.store === 'memory')
    program.error("error: option '--processes 5' does not go with '--store memory'");
  if (options.file !== undefined && options.store !== 'sqlite') program.error("error: option '--file <db>' goes with '--store sqlite'");
  if (options.file !== undefined && existsSync(options.file))
    program.error(`error: option '--file <db>': ${options.file} is there already`);
  return options;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999.');
  return Number(text);
}
