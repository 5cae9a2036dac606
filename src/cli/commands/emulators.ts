import type { Command } from 'commander';
import { startEmulators } from '../../testing/index.js';

const LONG_MS = 3_600_000;

/** `eventspan emulators` */
export function addEmulators(program: Command): void {
  program
    .command('emulators')
    .description('start the Spanner and Pub/Sub emulators and print the variables to set')
    .option('--spanner', 'only Spanner')
    .option('--pubsub', 'only Pub/Sub')
    .option('--json', 'print one JSON line')
    .action(emulators);
}

/** Starts what is asked for, prints the variables to set, and stops them with the process. */
async function emulators(options: { readonly spanner?: boolean; readonly pubsub?: boolean; readonly json?: boolean }): Promise<void> {
  const all = options.spanner !== true && options.pubsub !== true;
  const running = await startEmulators({ spanner: all || options.spanner === true, pubsub: all || options.pubsub === true });
  const variables = {
    ...(running.spanner === undefined ? {} : { SPANNER_EMULATOR_HOST: running.spanner.host }),
    ...(running.pubsub === undefined ? {} : { PUBSUB_EMULATOR_HOST: running.pubsub.host }),
  };
  const stopped = stopSignal();
  if (options.json === true) console.log(JSON.stringify(variables));
  else for (const [name, host] of Object.entries(variables)) console.log(`export ${name}=${host}`);
  console.error('Running. Press Ctrl-C to stop.');
  await stopped;
  await running.stop();
}

/** Neither the emulators nor a signal handler keeps the process alive, so a timer does. */
async function stopSignal(): Promise<void> {
  const alive = setInterval(() => undefined, LONG_MS);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(alive);
}
