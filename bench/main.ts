import { Command, InvalidArgumentError } from 'commander';
import { findEmulators, startEmulators } from 'eventspan/testing';
import { appendContestants } from './appends.js';
import { consumerContestants } from './consumers.js';
import { latencies } from './latency.js';
import { measure, type Figures } from './measure.js';
import { rebuildContestants } from './rebuilds.js';

const WORKLOADS = [
  { name: 'append, batches of 1', events: 2_000, batch: 1 },
  { name: 'append, batches of 10', events: 10_000, batch: 10 },
  { name: 'append, batches of 100', events: 20_000, batch: 100 },
];

/** Events of the logs that are rebuilt: a switch takes a tenth of a second whatever the log. The emulator takes a few hundred a second to be filled. */
const REBUILT_EVENTS = { sqlite: [200_000, 1_000_000], spanner: [40_000] };

/** Messages that are received, handled and acknowledged. */
const CONSUMED = 10_000;

/** `npm run bench`: events a second, medians of interleaved rounds, and their ratio to what a team would write by hand. */
async function main(): Promise<void> {
  const program = new Command('bench')
    .option('--rounds <n>', 'rounds of each contestant', wholeNumber, 5)
    .option('--only <workload>', 'append, rebuild or consumer')
    .option('--json', 'one JSON line', false);
  const { rounds, json, only } = program.parse().opts<{ rounds: number; json: boolean; only?: string }>();
  const isWanted = (workload: string): boolean => only === undefined || only === workload;
  const results: Record<string, readonly Figures[]> = {};
  const found = await findEmulators();
  if (isWanted('append')) await appends(results, { rounds, json });
  if (isWanted('rebuild')) await rebuilds(results, { rounds, json, hasSpanner: found.spanner.origin !== 'none' });
  const latency = isWanted('consumer') ? await consumers(results, { rounds, json, found }) : undefined;
  if (json) console.log(JSON.stringify({ node: process.version, rounds, results, ...(latency && { latency }) }));
}

interface Run {
  readonly rounds: number;
  readonly json: boolean;
}

type Results = Record<string, readonly Figures[]>;

async function appends(results: Results, { rounds, json }: Run): Promise<void> {
  for (const { name, events, batch } of WORKLOADS) {
    results[name] = await measure(appendContestants(events, batch), rounds);
    if (!json) show(name, results[name]);
  }
}

async function rebuilds(results: Results, { rounds, json, hasSpanner }: Run & { readonly hasSpanner: boolean }): Promise<void> {
  for (const kind of hasSpanner ? (['sqlite', 'spanner'] as const) : (['sqlite'] as const)) {
    for (const events of REBUILT_EVENTS[kind]) {
      const name = `rebuild, ${kind}, ${events.toLocaleString('en')} events`;
      results[name] = await measure(rebuildContestants(kind, events), rounds);
      if (!json) show(name, results[name]);
    }
  }
  if (!hasSpanner) console.error('No Spanner emulator was found: its rebuild was not measured.');
}

async function consumers(
  results: Results,
  { rounds, json, found }: Run & { readonly found: Awaited<ReturnType<typeof findEmulators>> },
): Promise<object | undefined> {
  if (found.pubsub.origin === 'none') {
    console.error('No Pub/Sub emulator was found: consumers were not measured.');
    return undefined;
  }
  const emulators = await startEmulators({ pubsub: true });
  const host = emulators.pubsub?.host ?? '';
  const kinds = found.spanner.origin === 'none' ? (['sqlite'] as const) : (['sqlite', 'spanner'] as const);
  const name = `consumer, ${CONSUMED.toLocaleString('en')} messages`;
  results[name] = await measure(consumerContestants(host, CONSUMED, kinds), rounds);
  if (!json) show(name, results[name], 'messages');
  const latency = await latencies(host);
  if (!json) console.log('\nlatency in milliseconds', latency);
  await emulators.stop();
  return latency;
}

function show(name: string, figures: readonly Figures[], unit = 'events'): void {
  console.log(`\n${name}`);
  for (const { name: contestant, median, ratio } of figures) {
    console.log(`  ${contestant.padEnd(24)} ${median.toLocaleString('en').padStart(10)} ${unit}/s   ${ratio.toFixed(2)}`);
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

void main();
