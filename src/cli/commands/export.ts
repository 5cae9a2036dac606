import type { Command } from 'commander';
import {
  createRegistry,
  EventspanError,
  exportEvents,
  exportToFile,
  type ExportOptions,
  type ExportResult,
  type Position,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { EventProgress } from '../event-progress.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface ExportArguments {
  readonly store: string;
  readonly out: string;
  readonly continue?: boolean;
  readonly aggregate?: string;
  readonly prefix?: string;
  readonly stream?: readonly string[];
  readonly after?: string;
  readonly asOf?: string;
  readonly source?: string;
  readonly upcast?: boolean;
  readonly app?: string;
  readonly json?: boolean;
}

const STANDARD_OUTPUT = '-';

/** `eventspan export` */
export function addExport(program: Command): void {
  program
    .command('export')
    .description('write the log of a store as NDJSON of CloudEvents, in global order, with counts and checksum at its end')
    .requiredOption('--store <store>', STORE_ADDRESS)
    .option('--out <file>', 'file to write, compressed where it ends in .gz; - for standard output', STANDARD_OUTPUT)
    .option('--continue', 'go on with a file that was cut off')
    .option('--aggregate <name>', 'only streams of this aggregate')
    .option('--prefix <text>', 'only streams whose ids begin so')
    .option('--stream <ids...>', 'only these streams')
    .option('--after <position>', 'only events after this position: "last" of an earlier export')
    .option('--as-of <time>', 'only events committed at or before this time (RFC 3339, UTC)')
    .option('--source <name>', 'source of the CloudEvents (default: eventspan)')
    .option('--upcast', "write the events as today's classes of the app have them")
    .option('--app <module>', APP_MODULE)
    .option('--json', 'print one JSON line; on standard error where the export itself is on standard output')
    .action(exportLog);
}

async function exportLog(options: ExportArguments): Promise<void> {
  const { out } = options;
  if (out === STANDARD_OUTPUT && options.continue === true) {
    throw new EventspanError('OPTION_INVALID', { path: '--continue', value: 'with standard output', bound: 'used with --out FILE' });
  }
  const selection = await selectionOf(options);
  const progress = new EventProgress('export');
  const result = await withStoreAt(options.store, (store) => run({ ...selection, store, onProgress: progress.show }, options));
  progress.end();
  const text = options.json === true ? JSON.stringify({ out, ...result }) : summaryOf(result, out);
  if (out === STANDARD_OUTPUT) console.error(text);
  else console.log(text);
}

function run(options: ExportOptions, { out, continue: isContinued }: ExportArguments): Promise<ExportResult> {
  if (out === STANDARD_OUTPUT) return exportEvents(options, process.stdout);
  return exportToFile({ ...options, file: out, ...(isContinued !== undefined && { continue: isContinued }) });
}

async function selectionOf(options: ExportArguments): Promise<Omit<ExportOptions, 'store'>> {
  const { aggregate, prefix, stream: streams, after, asOf, source, upcast, app } = options;
  if (aggregate !== undefined && prefix !== undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--prefix', value: prefix, bound: 'left out where --aggregate is given' });
  }
  const begin = aggregate === undefined ? prefix : `${aggregate}-`;
  return {
    ...(begin !== undefined && { prefix: begin }),
    ...(streams !== undefined && { streams }),
    ...(after !== undefined && { after: after as Position }),
    ...(asOf !== undefined && { asOf }),
    ...(source !== undefined && { source }),
    ...(upcast === true && { upcast: createRegistry(await loadApp(app)).events }),
  };
}

function summaryOf({ events, streams, digest, header, last }: ExportResult & { readonly kept?: number }, out: string): string {
  const where = out === STANDARD_OUTPUT ? '' : ` to ${out}`;
  const next = last === undefined ? '' : `\nGo on from here another time with --after '${last}'.`;
  return `Exported ${events} events of ${streams} streams${where}, as of ${header.asOf}; checksum ${digest}.${next}`;
}
