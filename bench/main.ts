import { Command, InvalidArgumentError } from 'commander';
import { findEmulators } from 'eventspan/testing';
import { appendContestants } from './appends.js';
import { measure, type Figures } from './measure.js';
import { rebuildContestants } from './rebuilds.js';

const WORKLOADS = [
  { name: 'append, batches of 1', events: 2_000, batch: 1 },
  { name: 'append, batches of 10', events: 10_000, batch: 10 },
  { name: 'append, batches of 100', events: 20_000, batch: 100 },
];

/** Events of the logs that are rebuilt: a switch takes a tenth of a second whatever the log. The emulator takes a few hundred a second to be filled. */
const REBUILT_EVENTS = { sqlite: [200_000, 1_000_000], spanner: [40_000] };

/** `npm run bench`: events a second, medians of interleaved rounds, and their ratio to what a team would write by hand. */
async function main(): Promise<void> {
  const program = new Command('bench')
    .option('--rounds <n>', 'rounds of each contestant', wholeNumber, 5)
    .option('--json', 'one JSON line', false);
  const { rounds, json } = program.parse().opts<{ rounds: number; json: boolean }>();
  const results: Record<string, readonly Figures[]> = {};
  for (const { name, events, batch } of WORKLOADS) {
    results[name] = await measure(appendContestants(events, batch), rounds);
    if (!json) show(name, results[name]);
  }
  const found = await findEmulators();
  for (const kind of found.spanner.origin === 'none' ? (['sqlite'] as const) : (['sqlite', 'spanner'] as const)) {
    for (const events of REBUILT_EVENTS[kind]) {
      const name = `rebuild, ${kind}, ${events.toLocaleString('en')} events`;
      results[name] = await measure(rebuildContestants(kind, events), rounds);
      if (!json) show(name, results[name]);
    }
  }
  if (found.spanner.origin === 'none') console.error('No Spanner emulator was found: its rebuild was not measured.');
  if (json) console.log(JSON.stringify({ node: process.version, rounds, results }));
}

function show(name: string, figures: readonly Figures[]): void {
  console.log(`\n${name}`);
  for (const { name: contestant, median, ratio } of figures) {
    console.log(`  ${contestant.padEnd(24)} ${median.toLocaleString('en').padStart(10)} events/s   ${ratio.toFixed(2)}`);
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

void main();
