import { Command } from 'commander';
import { POISON_KINDS } from './poison-kinds.js';
import { judge, type PoisonProof } from './poison-proof.js';
import { findPoison } from './poison-run.js';
import { wholeNumber } from './whole-number.js';

interface Arguments {
  readonly streams: number;
  readonly poison: number;
  readonly rounds: number;
  readonly kills: number;
  readonly seed: number;
  readonly json: boolean;
}

/** `npm run verify:poison`: events that cannot be handled park their streams and no other, and are re-driven in order and once, whatever is killed meanwhile. */
async function main(): Promise<void> {
  const program = new Command('verify:poison')
    .option('--streams <n>', 'streams of 20 events', wholeNumber(POISON_KINDS.length * 20, 500_000), 50_000)
    .option('--poison <n>', 'streams with a poison event of each of the seven kinds', wholeNumber(1, 10), 1)
    .option('--rounds <n>', 'projections of each log, of which the medians count', wholeNumber(1, 99), 3)
    .option('--kills <n>', 'kills of the process that re-drives', wholeNumber(0, 1_000), 20)
    .option('--seed <n>', 'of the places of the poison and the moments of the kills', wholeNumber(0, 1_000_000), 1)
    .option('--json', 'one JSON line', false);
  const { json, ...options } = program.parse().opts<Arguments>();
  const say = json ? (): void => undefined : (what: string): void => console.log(what);
  const begun = performance.now();
  const findings = await findPoison({ ...options, say });
  const proof = judge(findings, { ...options, seconds: Math.round((performance.now() - begun) / 1_000) });
  if (json) console.log(JSON.stringify(proof));
  else show(proof);
  if (!proof.verified) process.exitCode = 1;
}

function show(proof: PoisonProof): void {
  const { verified, events, parked, cleanMs, poisonedMs, ratio, deaths, kills, redriven, discarded, seconds } = proof;
  console.log(`${verified ? 'Verified' : 'NOT VERIFIED'} in ${seconds} s, at ${events} events:`);
  for (const [name, holds] of Object.entries(proof.holds)) console.log(`  ${holds ? 'holds' : 'DOES NOT HOLD'}: ${name}`);
  console.log(`  ${parked.expected} streams should be parked, ${parked.found} were; ${deaths} deaths of the process`);
  console.log(`  other streams: ${cleanMs} ms without and ${poisonedMs} ms with poison, ${ratio} times`);
  console.log(`  re-driven: ${redriven} events with ${kills} kills; ${discarded} discarded`);
  console.log(`  ${proof.missing} missing, ${proof.doubled} doubled, ${proof.outOfOrder} out of order, ${proof.unexpected} unexpected`);
  for (const difference of proof.differences) console.log(`  ${difference}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
