import { Command, Option } from 'commander';
import { wholeNumber } from './whole-number.js';
import type { Place } from './places.js';
import { proveRebuild, type RebuildProof } from './rebuild-run.js';

interface Arguments {
  readonly store: Place['kind'];
  readonly events?: number;
  readonly live?: number;
  readonly kills?: number;
  readonly seed: number;
  readonly json: boolean;
}

/** The emulator's Reads go through the rest of a range whatever their limit: reading a log by pages takes a time by the square of its length. */
const DEFAULTS = {
  sqlite: { events: 200_000, live: 200, kills: 10 },
  spanner: { events: 3_000, live: 20, kills: 2 },
};

/** `npm run verify:rebuild`: a rebuild during live writes whose process is killed again and again, against an independent count of the log. */
async function main(): Promise<void> {
  const program = new Command('verify:rebuild')
    .addOption(new Option('--store <store>', 'where the log is').choices(['sqlite', 'spanner']).default('sqlite'))
    .option('--events <n>', 'events before the rebuild (default: 200000, on Spanner 3000)', wholeNumber(1, 10_000_000))
    .option('--live <n>', 'events a second meanwhile (default: 200, on Spanner 20)', wholeNumber(1, 10_000))
    .option('--kills <n>', 'kills of the rebuilding process (default: 10, on Spanner 2)', wholeNumber(0, 1_000))
    .option('--seed <n>', 'of the moments of the kills and the events', wholeNumber(0, 1_000_000), 1)
    .option('--json', 'one JSON line', false);
  const { json, ...options } = program.parse().opts<Arguments>();
  const proof = await proveRebuild({ ...DEFAULTS[options.store], ...options });
  if (json) console.log(JSON.stringify(proof));
  else show(proof);
  if (!proof.verified) process.exitCode = 1;
}

function show(proof: RebuildProof): void {
  const { verified, kills, killsByState, missing, doubled, wrong, comparedDiffering, reads, rolledBack, peakRssMb, seconds } = proof;
  console.log(`${verified ? 'Verified' : 'NOT VERIFIED'} in ${seconds.all} s, at ${proof.logEvents} events in ${proof.streams} streams:`);
  console.log(`  ${missing} missing, ${doubled} doubled, ${wrong} wrong; ${comparedDiffering} rows differed before the switch`);
  const states = Object.entries(killsByState).map(([state, count]) => `${count} while it was ${state}`);
  console.log(`  ${kills} kills (${states.join(', ')}); the switch came after ${seconds.untilSwitch} s`);
  console.log(
    `  reads: ${reads.old} of the old rows, then ${reads.new} of the new; ${reads.absent} found none, ${reads.misplaced} misplaced`,
  );
  console.log(
    `  ${rolledBack ? 'rolled back' : 'NOT rolled back'} in ${seconds.rollback} s; at most ${peakRssMb} MB in a rebuilding process`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
