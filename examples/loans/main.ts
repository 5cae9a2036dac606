import { CommanderError } from 'commander';
import { EventspanError } from 'eventspan';
import { InputError } from './input-error.js';
import { Interrupted, interruption } from './interruption.js';
import { openHome } from './home.js';
import { inputOf, parseOptions, type LoansOptions } from './options.js';
import { Progress } from './progress.js';
import { describeRun } from './report.js';
import { countRpcs, runLoans, type RunReport } from './run.js';

/** Exit codes: 0 verified, 1 failed or not verified, 2 called wrongly. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv);
  const progress = new Progress();
  const home = await openHome(options, progress);
  try {
    const { store, transport } = home;
    const { inFlight } = options;
    const report = await runLoans({ store, transport, input: inputOf(options), progress, inFlight, signal: interruption() });
    const isVerified = report.verification.differences.length === 0;
    if (isVerified) home.discard();
    for (const difference of report.verification.differences) progress.say(`Not verified: ${difference}.`);
    console.log(options.json ? JSON.stringify(summary(options, report)) : describeRun(report));
    process.exitCode = isVerified ? 0 : 1;
  } finally {
    await home.close();
  }
}

function summary({ store, transport }: LoansOptions, { fed, verification, seconds, commandsPerSecond, rpcs }: RunReport): object {
  return {
    store,
    transport,
    applications: fed.applications,
    events: verification.events,
    counts: verification.counts,
    verified: verification.differences.length === 0,
    seconds,
    commandsPerSecond,
    appendRpcs: countRpcs(rpcs, 'command', 'Commit'),
    relayRpcs: countRpcs(rpcs, 'relay'),
    projectorRpcs: countRpcs(rpcs, 'projector'),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  const isKnown = error instanceof InputError || error instanceof EventspanError || error instanceof Interrupted;
  console.error(error instanceof InputError ? `error: option '--log <file>': ${error.message}` : isKnown ? error.message : error);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
