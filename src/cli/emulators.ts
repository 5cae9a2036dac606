import { startEmulators } from '../testing/index.js';

/** `eventspan emulators`: starts what is asked for, prints the variables to set, and stops them with the process. */
export async function emulators(options: {
  readonly spanner?: boolean;
  readonly pubsub?: boolean;
  readonly json?: boolean;
}): Promise<void> {
  const all = options.spanner !== true && options.pubsub !== true;
  const running = await startEmulators({ spanner: all || options.spanner === true, pubsub: all || options.pubsub === true });
  const variables = {
    ...(running.spanner === undefined ? {} : { SPANNER_EMULATOR_HOST: running.spanner.host }),
    ...(running.pubsub === undefined ? {} : { PUBSUB_EMULATOR_HOST: running.pubsub.host }),
  };
  if (options.json === true) console.log(JSON.stringify(variables));
  else for (const [name, host] of Object.entries(variables)) console.log(`export ${name}=${host}`);
  console.error('Running. Press Ctrl-C to stop.');
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await stop;
  await running.stop();
}
