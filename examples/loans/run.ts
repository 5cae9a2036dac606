import type { AppStatus, StoreProvider, TransportProvider } from 'eventspan';
import { feed, type Fed } from './feed.js';
import type { Input } from './input.js';
import { openLoans } from './loans-app.js';
import { countRecords } from './log-fold.js';
import type { Progress } from './progress.js';
import { inTimeOrder } from './time-order.js';
import { verify, type Verification } from './verify.js';

export interface RunOptions {
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
  readonly input: Input;
  readonly progress: Progress;
  /** Commands at a time. */
  readonly inFlight?: number;
  readonly signal?: AbortSignal;
}

/** What came of a run. */
export interface RunReport {
  readonly fed: Fed;
  readonly verification: Verification;
  /** From opening the store to the end of the comparison. */
  readonly seconds: number;
  readonly commandsPerSecond: number;
  readonly rpcs: AppStatus['rpcs'];
}

/** Feeds the input to the loan process, waits for the read models, and compares them with the log. */
export async function runLoans(options: RunOptions): Promise<RunReport> {
  const { store, transport, input, progress, inFlight, signal } = options;
  const begunMs = performance.now();
  await using app = await openLoans(store, transport);
  await app.start();
  const done = await countRecords(app.store);
  if (done.size > 0) progress.say(`Going on: ${sum(done.values()).toLocaleString('en')} records are in the store already.`);
  const feedingMs = performance.now();
  progress.begin();
  const fed = await feed(app, inTimeOrder(input.traces), {
    done,
    onRecord: (records, applications) => progress.update(input.fractionDone(applications), records),
    ...(inFlight !== undefined && { inFlight }),
    ...(signal !== undefined && { signal }),
  }).finally(() => progress.end());
  const fedMs = performance.now();
  progress.say('All commands are executed. Counting the log, and waiting for the read models ...');
  const verification = await verify(app, fed.records);
  return {
    fed,
    verification,
    seconds: round((performance.now() - begunMs) / 1000),
    commandsPerSecond: Math.round((fed.commands / (fedMs - feedingMs)) * 1000),
    rpcs: app.status().rpcs,
  };
}

/** Requests of one caller, or of one method of it. */
export function countRpcs(rpcs: RunReport['rpcs'], caller: string, method?: string): number {
  const methods = rpcs[caller] ?? {};
  return method === undefined ? sum(Object.values(methods)) : (methods[method] ?? 0);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
