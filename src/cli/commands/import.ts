import type { Command } from 'commander';
import { importEvents, openExport, verifyExport, type ExportSource, type ImportResult } from '../../index.js';
import { EventProgress } from '../event-progress.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withTargetAt } from '../with-store.js';

interface ImportArguments {
  readonly store: string;
  readonly shards?: number;
  readonly batch?: number;
  readonly check: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

const STANDARD_INPUT = '-';

/** `eventspan import` */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('write an export into a store as it is; repeated, it goes on where it ended')
    .argument('<file>', 'an export, compressed where its name ends in .gz; - for standard input')
    .requiredOption('--store <store>', STORE_ADDRESS)
    .option('--shards <n>', 'shards of a new store (default 16)', wholeNumber)
    .option('--batch <n>', 'events of one write (default 1000)', wholeNumber)
    .option('--no-check', 'do not read the whole file before anything is written; standard input is never read before')
    .option('--verify', 'compare the store with the file afterwards, event by event; not with standard input')
    .option('--json', 'print one JSON line')
    .action(importLog);
}

async function importLog(file: string, options: ImportArguments): Promise<void> {
  const isFile = file !== STANDARD_INPUT;
  if (isFile && options.check) await showing('check', (onProgress) => verifyExport({ onProgress }, openExport(file)));
  const result = await withTargetAt(options.store, options.shards, async (store) => {
    const batch = options.batch === undefined ? {} : { batchSize: options.batch };
    const imported = await showing('import', (onProgress) => importEvents({ store, onProgress, ...batch }, sourceOf(file)));
    if (options.verify === true && isFile) await showing('verify', (onProgress) => verifyExport({ store, onProgress }, openExport(file)));
    return imported;
  });
  if (options.json === true) console.log(JSON.stringify({ store: options.store, file, ...result }));
  else console.log(summaryOf(result, options.store));
}

async function showing<T>(what: string, work: (onProgress: EventProgress['show']) => Promise<T>): Promise<T> {
  const progress = new EventProgress(what);
  try {
    return await work(progress.show);
  } finally {
    progress.end();
  }
}

function sourceOf(file: string): ExportSource {
  return file === STANDARD_INPUT ? (process.stdin as AsyncIterable<Buffer>) : openExport(file);
}

function summaryOf({ imported, present, streams, digest }: ImportResult, store: string): string {
  return `Imported ${imported} events into ${store}; ${present} were there already. ${streams} streams, checksum ${digest}.`;
}
