import type { Command } from 'commander';
import { copyEvents, createRegistry, EventspanError } from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { EventProgress } from '../event-progress.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt, withTargetAt } from '../with-store.js';

interface CopyArguments {
  readonly from: string;
  readonly to: string;
  readonly shards?: number;
  readonly prefix?: string;
  readonly stream?: readonly string[];
  readonly asOf?: string;
  readonly upcast?: boolean;
  readonly app?: string;
  readonly json?: boolean;
}

/** `eventspan copy` */
export function addCopy(program: Command): void {
  program
    .command('copy')
    .description('copy the log of a store into another; repeated, it passes over what is there')
    .requiredOption('--from <store>', STORE_ADDRESS)
    .requiredOption('--to <store>', STORE_ADDRESS)
    .option('--shards <n>', 'shards of a new store (default 16)', wholeNumber)
    .option('--prefix <text>', 'only streams whose ids begin so')
    .option('--stream <ids...>', 'only these streams')
    .option('--as-of <time>', 'only events committed at or before this time (RFC 3339, UTC)')
    .option('--upcast', "write the events as today's classes of the app have them")
    .option('--app <module>', APP_MODULE)
    .option('--json', 'print one JSON line')
    .action(copy);
}

async function copy(options: CopyArguments): Promise<void> {
  if (options.from === options.to) throw new EventspanError('COPY_INTO_ITSELF');
  const selection = await selectionOf(options);
  const progress = new EventProgress('copy');
  const result = await withStoreAt(options.from, (from) =>
    withTargetAt(options.to, options.shards, (to) => copyEvents({ ...selection, from, to, onProgress: progress.show })),
  );
  progress.end();
  const { read, written, present, asOf } = result;
  if (options.json === true) console.log(JSON.stringify({ from: options.from, to: options.to, ...result }));
  else console.log(`Copied ${options.from} as of ${asOf}: ${read} events read, ${written} written, ${present} there already.`);
}

async function selectionOf({ prefix, stream: streams, asOf, upcast, app }: CopyArguments) {
  return {
    ...(prefix !== undefined && { prefix }),
    ...(streams !== undefined && { streams }),
    ...(asOf !== undefined && { asOf }),
    ...(upcast === true && { upcast: createRegistry(await loadApp(app)).events }),
  };
}
