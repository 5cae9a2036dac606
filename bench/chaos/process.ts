import { Command } from 'commander';
import { wholeNumber } from '../verify/whole-number.js';
import { killing, type KillFindings } from './kills.js';
import { sweep, type SweepFindings } from './sweep.js';
import { STEPS } from './trip-domain.js';

interface Arguments {
  readonly exhaustive: boolean;
  readonly every: number;
  readonly kills: number;
  readonly trips: number;
  readonly seed: number;
  readonly json: boolean;
}

/**
 * `npm run chaos:process`: a process of five steps comes to its end with every effect once, whichever commit its process ends at, in every branch,
 * with doubled replies.
 */
async function main(): Promise<void> {
  const program = new Command('chaos:process')
    .option('--exhaustive', 'a kill before and after every commit', false)
    .option('--every <n>', 'without --exhaustive: at every n-th commit', wholeNumber(1, 1_000), 12)
    .option('--kills <n>', 'kills with SIGKILL of a process on SQLite', wholeNumber(0, 1_000), 12)
    .option('--trips <n>', 'processes on SQLite', wholeNumber(1, 10_000), 220)
    .option('--seed <n>', 'of the moments of the kills', wholeNumber(0, 1_000_000), 1)
    .option('--json', 'one JSON line', false);
  const { exhaustive, every, kills, trips, seed, json } = program.parse().opts<Arguments>();
  const begun = performance.now();
  const isTerminal = process.stderr.isTTY && !json;
  const onProgress = (done: number, runs: number): void => void (isTerminal && process.stderr.write(`\r${done} of ${runs} runs   `));
  const swept = await sweep({ every: exhaustive ? 1 : every, onProgress });
  if (isTerminal) process.stderr.write('\n');
  const killed = await killing({ kills, trips, seed });
  const proof = proofOf(swept, killed, { exhaustive, seconds: Math.round((performance.now() - begun) / 1_000) });
  if (json) console.log(JSON.stringify(proof));
  else show(proof);
  if (!proof.verified) process.exitCode = 1;
}

type Proof = ReturnType<typeof proofOf>;

function proofOf(swept: SweepFindings, killed: KillFindings, about: { readonly exhaustive: boolean; readonly seconds: number }) {
  const both = [swept.faults, killed.faults];
  const sum = (name: 'doubleEffects' | 'doubleCompensations' | 'notTerminal' | 'wrong'): number =>
    both.reduce((total, faults) => total + faults[name], 0);
  const faults = {
    doubleEffects: sum('doubleEffects'),
    doubleCompensations: sum('doubleCompensations'),
    notTerminal: sum('notTerminal'),
    wrong: sum('wrong'),
  };
  const verified = Object.values(faults).every((count) => count === 0);
  const { runs, crashes, branches, mostCommits } = swept;
  const samples = both.flatMap((each) => each.samples);
  return {
    verified,
    steps: STEPS.length,
    branches,
    runs,
    crashes,
    mostCommits,
    kills: killed.kills,
    trips: killed.trips,
    ...faults,
    samples,
    ...about,
  };
}

function show({ verified, steps, branches, runs, crashes, mostCommits, kills, trips, samples, seconds, ...proof }: Proof): void {
  console.log(
    `${verified ? 'Verified' : 'NOT VERIFIED'} in ${seconds} s: a process of ${steps} steps, ${branches} branches, with and without doubled replies.`,
  );
  console.log(
    `  ${runs} runs of up to ${mostCommits} commits, ${crashes} of which lost their process at a commit${proof.exhaustive ? ', one for each' : ''}`,
  );
  console.log(`  ${trips} processes on SQLite, ${kills} kills of the system's process`);
  console.log(
    `  ${proof.doubleEffects} double effects, ${proof.doubleCompensations} double compensations, ${proof.notTerminal} not at an end, ${proof.wrong} otherwise wrong`,
  );
  for (const sample of samples) console.log(`  ${sample}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
