import type { Command } from 'commander';
import {
  printable,
  renderTrace,
  traceCorrelation,
  traceConsumersOf,
  type EventStore,
  type Trace,
  type TraceConsumer,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { EventProgress } from '../event-progress.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStore, withStoreAt } from '../with-store.js';

interface TraceArguments {
  readonly app?: string;
  readonly store?: string;
  readonly since?: string;
  readonly until?: string;
  readonly consumer: readonly string[];
  readonly maxEvents?: number;
  readonly json?: boolean;
}

/** `eventspan trace` */
export function addTrace(program: Command): void {
  program
    .command('trace')
    .description('show what followed from one request: commands, events, deliveries and effects with their times, from the store alone')
    .argument('<correlation id>', 'as the metadata of events has it')
    .option('--store <store>', `${STORE_ADDRESS} (default: the store of the app)`)
    .option('--app <module>', `${APP_MODULE}; its consumers are looked at, too`)
    .option('--since <time>', 'only events committed at or after it (RFC 3339, UTC); a shorter log is read sooner')
    .option('--until <time>', 'only events committed at or before it')
    .option('--consumer <names...>', 'further consumers whose cursors are looked at', [])
    .option('--max-events <n>', 'at most so many events (default 10000)', wholeNumber)
    .option('--json', 'print one JSON line')
    .action(trace);
}

async function trace(correlationId: string, options: TraceArguments): Promise<void> {
  const app = options.store === undefined || options.app !== undefined ? await loadApp(options.app) : undefined;
  const consumers: readonly TraceConsumer[] = [
    ...(app === undefined ? [] : traceConsumersOf(app)),
    ...options.consumer.map((name) => ({ name })),
  ];
  const progress = new EventProgress('Reading the log');
  const work = (store: EventStore): Promise<Trace> =>
    traceCorrelation(store, correlationId, { ...boundsOf(options), consumers, onProgress: progress.show });
  const found = await (
    options.store === undefined && app !== undefined ? withStore(app.store, work) : withStoreAt(options.store ?? '', work)
  ).finally(() => progress.end());
  console.log(options.json === true ? printable(JSON.stringify(found)) : renderTrace(found));
}

function boundsOf({ since, until, maxEvents }: TraceArguments): {
  readonly since?: string;
  readonly until?: string;
  readonly maxEvents?: number;
} {
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }), ...(maxEvents !== undefined && { maxEvents }) };
}
