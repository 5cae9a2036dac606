import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { EventspanError, recordHistories, type MaskFunction, type RecordReport } from '../../index.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface RecordArguments {
  readonly store: string;
  readonly out: string;
  readonly aggregate?: readonly string[];
  readonly stream?: readonly string[];
  readonly sample?: number;
  readonly seed?: number;
  readonly mask?: string;
  readonly keep?: string;
  readonly json?: boolean;
}

/** `eventspan record` */
export function addRecord(program: Command): void {
  program
    .command('record')
    .description('record streams of a store as histories for replay tests, personal values masked')
    .requiredOption('--store <store>', STORE_ADDRESS)
    .option('--out <folder>', 'folder to write <aggregate>/<stream>.ndjson into', 'histories')
    .option('--aggregate <names...>', 'only streams of these aggregates')
    .option('--stream <ids...>', 'these streams; with --sample, others too')
    .option('--sample <n>', 'how many streams are drawn: long, short and unusual ones among them (default 50)', wholeNumber)
    .option('--seed <n>', 'the same seed draws the same streams (default 1)', wholeNumber)
    .option(
      '--mask <fields>',
      'payload fields to mask (applicant,address.street,loan.submitted:amount), or a .js module with a mask function',
    )
    .option('--keep <names>', 'what stays knowingly: @streamId, @id, @metadata.NAME, payload fields')
    .option('--json', 'print one JSON line')
    .addHelpText(
      'after',
      '\nEVENTSPAN_MASK_KEY: secret from which masks are made; the same key gives the same masks. Default: another each time.',
    )
    .action(record);
}

/** Records, and says what was not masked. */
async function record(options: RecordArguments): Promise<void> {
  const key = process.env['EVENTSPAN_MASK_KEY'];
  const mask = await maskingOf(options.mask);
  await withStoreAt(options.store, async (store) => {
    const { out, seed, sample, aggregate: aggregates, stream: streams } = options;
    const report = await recordHistories({
      store,
      out,
      ...(seed !== undefined && { seed }),
      ...(sample !== undefined && { sample }),
      ...(aggregates !== undefined && { aggregates }),
      ...(streams !== undefined && { streams }),
      masking: { ...mask, keep: namesIn(options.keep), ...(key !== undefined && key !== '' && { key }) },
    });
    print(report, options);
  });
}

function print(report: RecordReport, { out, json, keep }: RecordArguments): void {
  if (json === true) {
    console.log(JSON.stringify({ out, ...report }));
    return;
  }
  console.log(`Recorded ${report.streams} streams, ${report.events} events, in ${out}.`);
  if (keep !== undefined) console.log(`Kept as asked: ${keep}.`);
  console.log('Ids and metadata are masked, but times, source and schemaVersion. These fields are as they were; mask what is personal:');
  for (const [type, fields] of Object.entries(report.unmasked)) console.log(`  ${type}: ${fields.join(', ')}`);
}

async function maskingOf(text: string | undefined): Promise<{ readonly fields: readonly string[] } | { readonly mask: MaskFunction }> {
  if (text === undefined || !/\.[cm]?js$/.test(text)) return { fields: namesIn(text) };
  const module = (await import(pathToFileURL(path.resolve(text)).href).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EventspanError(
      'OPTION_INVALID',
      { path: '--mask', value: text, bound: `a module that can be loaded (${reason})` },
      { cause },
    );
  })) as { readonly default?: unknown; readonly mask?: unknown };
  const mask = module.mask ?? inside(module.default);
  if (typeof mask === 'function') return { mask: mask as MaskFunction };
  throw new EventspanError('OPTION_INVALID', {
    path: '--mask',
    value: text,
    bound: 'a module that exports a function: mask, or its default',
  });
}

/** A CommonJS module has its exports under `default`. */
function inside(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  const { mask, default: inner } = exported as { readonly mask?: unknown; readonly default?: unknown };
  return mask ?? inner;
}

function namesIn(text = ''): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
