import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inProcess, memory, type StoreProvider, type TransportProvider } from 'eventspan';
import { startEmulators, type RunningEmulators } from 'eventspan/testing';
import { nameOf, type LoansOptions } from './options.js';
import type { Progress } from './progress.js';

/** Where a run lives. */
export interface Home {
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
  /** Removes what was only for this run. */
  discard(): void;
  /** Stops the emulators that were started for it. */
  close(): Promise<void>;
}

const PROJECT = 'eventspan-examples';
const INSTANCE = 'examples';

/** The store and the transport that the options name. Emulators are started where none are running. */
export async function openHome(options: LoansOptions, progress: Progress): Promise<Home> {
  const emulators = await emulatorsFor(options, progress);
  const file = options.file ?? path.join(os.tmpdir(), `${nameOf(options)}.db`);
  if (options.fresh) removeFile(file);
  return {
    store: await storeOf(options, file, emulators),
    transport: await transportOf(options, emulators),
    discard: () => {
      if (options.store === 'sqlite' && options.file === undefined) removeFile(file);
    },
    close: async () => emulators?.stop(),
  };
}

async function emulatorsFor({ store, transport }: LoansOptions, progress: Progress): Promise<RunningEmulators | undefined> {
  const wanted = { spanner: store === 'spanner', pubsub: transport === 'pubsub' };
  if (!wanted.spanner && !wanted.pubsub) return undefined;
  const emulators = await startEmulators(wanted);
  const hosts = [emulators.spanner, emulators.pubsub].flatMap((each) => (each === undefined ? [] : `${each.service} at ${each.host}`));
  progress.say(`Emulators: ${hosts.join(', ')}.`);
  return emulators;
}

/** Adapters are loaded when they are asked for, since their packages are optional. */
async function storeOf(options: LoansOptions, file: string, emulators?: RunningEmulators): Promise<StoreProvider> {
  if (options.store === 'memory') return memory();
  if (options.store === 'sqlite') return (await import('eventspan/sqlite')).sqlite(file);
  const { spanner } = await import('eventspan/spanner');
  const database = options.database ?? nameOf(options);
  return spanner({ project: PROJECT, instance: INSTANCE, database, ...hostOf(emulators?.spanner) });
}

async function transportOf(options: LoansOptions, emulators?: RunningEmulators): Promise<TransportProvider> {
  if (options.transport === 'in-process') return inProcess();
  const { pubsub } = await import('eventspan/pubsub');
  return pubsub({ project: PROJECT, topic: options.database ?? nameOf(options), ...hostOf(emulators?.pubsub) });
}

function hostOf(emulator: { readonly host: string } | undefined): { readonly emulatorHost?: string } {
  return emulator === undefined ? {} : { emulatorHost: emulator.host };
}

function removeFile(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
