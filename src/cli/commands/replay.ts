import type { Command } from 'commander';
import {
  createRegistry,
  EventspanError,
  replayHistories,
  replayStore,
  type EventStore,
  type EventspanOptions,
  type HistoriesReport,
  type ReplayFinding,
  type ReplayProgress,
  type StoreReplayReport,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStore, withStoreAt } from '../with-store.js';

interface ReplayArguments {
  readonly app?: string;
  readonly fromStore?: boolean;
  readonly store?: string;
  readonly accepted?: string;
  readonly accept?: boolean;
  readonly aggregate?: readonly string[];
  readonly concurrency?: number;
  readonly golden?: string;
  readonly update?: boolean;
  readonly json?: boolean;
}

const STACK_LINES = 6;

/** `eventspan replay` */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('replay recorded histories, or all streams of a store, through the code of today; ends with 1 where states changed')
    .argument('[histories...]', 'files of recorded streams; *, ? and ** are understood')
    .option('--app <module>', APP_MODULE)
    .option('--golden <folder>', 'folder of the golden states (default: beside the histories)')
    .option('--update', 'write golden states that are missing or differ')
    .option('--from-store', 'replay all streams of the store instead')
    .option('--store <store>', `${STORE_ADDRESS} (default: the store of the app)`)
    .option('--accepted <file>', 'file of the states that were accepted last')
    .option('--accept', 'accept the states of today: write that file anew')
    .option('--aggregate <names...>', 'only streams of these aggregates')
    .option('--concurrency <n>', 'streams that are read at a time (default 8)', wholeNumber)
    .option('--json', 'print one JSON line')
    .action(replay);
}

async function replay(histories: readonly string[], options: ReplayArguments): Promise<void> {
  const isStore = options.fromStore === true;
  if (isStore === histories.length > 0) {
    const value = isStore ? 'both' : 'neither';
    throw new EventspanError('OPTION_INVALID', { path: 'replay', value, bound: 'given files of histories, or --from-store' });
  }
  const app = await loadApp(options.app);
  const isGood = isStore ? await fromStore(app, options) : await fromFiles(histories, app, options);
  if (!isGood) process.exitCode = 1;
}

async function fromFiles(events: readonly string[], app: EventspanOptions, options: ReplayArguments): Promise<boolean> {
  const { golden, update, json } = options;
  const report = await replayHistories({
    events,
    ...domainOf(app),
    ...(golden !== undefined && { golden }),
    ...(update !== undefined && { update }),
  });
  if (json === true) console.log(JSON.stringify(jsonOf(report)));
  else printHistories(report);
  return report.failed === 0;
}

async function fromStore(app: EventspanOptions, options: ReplayArguments): Promise<boolean> {
  const { aggregate: only, concurrency, accepted, accept, json } = options;
  const work = async (store: EventStore): Promise<boolean> => {
    const report = await replayStore({
      store,
      ...domainOf(app),
      onProgress: showProgress,
      ...(json !== true && { onFinding: printFinding }),
      ...(only !== undefined && { only }),
      ...(concurrency !== undefined && { concurrency }),
      ...(accepted !== undefined && { accepted }),
      ...(accept !== undefined && { accept }),
    });
    console.log(json === true ? JSON.stringify(report) : summaryOf(report));
    return report.failed === 0 && (report.changed === 0 || accept === true);
  };
  return options.store === undefined ? withStore(app.store, work) : withStoreAt(options.store, work);
}

function domainOf(app: EventspanOptions): Pick<Parameters<typeof replayStore>[0], 'aggregates' | 'registry'> {
  return { aggregates: app.aggregates ?? [], registry: createRegistry(app).events };
}

function jsonOf({ files, ...counts }: HistoriesReport): object {
  const streams = files.flatMap((file) => file.streams).filter(({ outcome }) => outcome === 'failed');
  const broken = files.filter(({ error }) => error !== undefined);
  const failures = [
    ...broken.map(({ file, error }) => ({ file, code: error?.code, message: error?.message })),
    ...streams.map(({ file, streamId, error }) => ({ file, streamId, code: error?.code, message: error?.message })),
  ];
  return { files: files.length, ...counts, failures };
}

function printHistories({ files, streams, events, same, written, failed }: HistoriesReport): void {
  for (const { file, error, streams: each } of files) {
    if (error !== undefined) console.log(`FAILED ${file}\n${error.message}\n`);
    for (const stream of each) if (stream.error !== undefined) console.log(`FAILED ${file}\n${stream.error.message}\n`);
  }
  console.log(`${streams} streams, ${events} events in ${files.length} files: ${same} same, ${written} written, ${failed} failed.`);
}

function printFinding({ kind, streamId, message, stack }: ReplayFinding): void {
  console.log(`${kind.toUpperCase()} ${streamId}: ${message}`);
  if (stack !== undefined) console.log(stack.split('\n').slice(0, STACK_LINES).join('\n'));
}

function showProgress({ streams, events, failed, changed, eventsPerSecond }: ReplayProgress): void {
  console.error(`${streams} streams, ${events} events, ${failed} failed, ${changed} changed, ${eventsPerSecond} events/s`);
}

function summaryOf(report: StoreReplayReport): string {
  const { streams, events, seconds, eventsPerSecond, same, grown, removed, unowned, failed, changed, accepted } = report;
  const counts = `${same} as accepted, ${grown} grown, ${report.new} never accepted, ${removed} removed, ${changed} changed, ${failed} failed`;
  const passedOver = unowned === 0 ? '' : ` ${unowned} streams belong to no aggregate of the app.`;
  const kept = accepted === undefined ? '' : ` Accepted ${accepted} states.`;
  return `${streams} streams, ${events} events in ${seconds.toFixed(1)} s (${eventsPerSecond} events/s): ${counts}.${passedOver}${kept}`;
}
