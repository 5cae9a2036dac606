import type { Command } from 'commander';
import {
  createRegistry,
  EventspanError,
  verifySnapshots,
  type AggregateModel,
  type EventStore,
  type VerifySnapshotsProgress,
  type VerifySnapshotsReport,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStore, withStoreAt } from '../with-store.js';

interface VerifyArguments {
  readonly app?: string;
  readonly store?: string;
  readonly aggregate?: readonly string[];
  readonly sample?: number;
  readonly concurrency?: number;
  readonly json?: boolean;
}

const PROGRESS_EVERY_MS = 2_000;

/** `eventspan verify-snapshots` */
export function addVerifySnapshots(program: Command): void {
  program
    .command('verify-snapshots')
    .description('replay streams and compare them with their snapshots; ends with 1 where a snapshot gives another state')
    .option('--app <module>', APP_MODULE)
    .option('--store <store>', `${STORE_ADDRESS} (default: the store of the app)`)
    .option('--aggregate <names...>', 'only streams of these aggregates')
    .option('--sample <n>', 'at most so many streams of each aggregate, drawn at random', wholeNumber)
    .option('--concurrency <n>', 'streams that are read at a time (default 8)', wholeNumber)
    .option('--json', 'print one JSON line')
    .action(verify);
}

async function verify(options: VerifyArguments): Promise<void> {
  const app = await loadApp(options.app);
  const { domain, events } = createRegistry(app);
  const aggregates = chosen(domain.aggregates, options.aggregate);
  const { sample, concurrency } = options;
  const work = async (store: EventStore): Promise<void> => {
    const report = await verifySnapshots({
      store,
      aggregates,
      events,
      ...(sample !== undefined && { sample }),
      ...(concurrency !== undefined && { concurrency }),
      onProgress: progressPrinter(),
    });
    if (options.json === true) console.log(JSON.stringify(report));
    else print(report);
    if (report.differences > 0 || report.failures > 0) process.exitCode = 1;
  };
  await (options.store === undefined ? withStore(app.store, work) : withStoreAt(options.store, work));
}

function chosen(all: ReadonlyMap<string, AggregateModel>, names: readonly string[] | undefined): readonly AggregateModel[] {
  if (names === undefined) return [...all.values()];
  return names.map((name) => {
    const model = all.get(name);
    if (model === undefined)
      throw new EventspanError('OPTION_INVALID', { path: '--aggregate', value: name, bound: `one of ${[...all.keys()].join(', ')}` });
    return model;
  });
}

/** A line every two seconds, so that standard output stays for the result. */
function progressPrinter(): (progress: VerifySnapshotsProgress) => void {
  let shownAt = Date.now();
  return ({ checked, withSnapshot, differences, failures }) => {
    if (Date.now() - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = Date.now();
    console.error(`${checked} streams, ${withSnapshot} with a snapshot, ${differences} different, ${failures} failed`);
  };
}

function print({ checked, withSnapshot, unusable, differences, different, failures, failed }: VerifySnapshotsReport): void {
  for (const { streamId, version, path, expected, found } of different) {
    console.log(`DIFFERENT ${streamId} at version ${version}: ${path} is ${expected} by its events and ${found} by its snapshot`);
  }
  for (const { streamId, message } of failed) console.log(`FAILED ${streamId}: ${message}`);
  for (const [reason, streams] of Object.entries(unusable))
    console.log(`${streams} streams have a snapshot that is passed over: ${reason}`);
  console.log(`${checked} streams, ${withSnapshot} with a snapshot: ${differences} different, ${failures} failed.`);
}
