import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inProcess, memory, type StoreProvider, type TransportProvider } from 'eventspan';
import { startEmulators, type RunningEmulators } from 'eventspan/testing';
import type { CheckoutOptions } from './options.js';

/** Where the services meet; plain data, so that a process can be told of it. */
export interface Place {
  readonly store: CheckoutOptions['store'];
  readonly transport: CheckoutOptions['transport'];
  readonly file: string;
  /** Of the database and the topic. */
  readonly name: string;
  readonly spannerHost?: string;
  readonly pubsubHost?: string;
}

/** A place that is only for one run. */
export interface Home {
  readonly place: Place;
  close(): Promise<void>;
}

const PROJECT = 'eventspan-examples';
const INSTANCE = 'examples';

/** Emulators are started where none are running. */
export async function openHome({ store, transport, file }: CheckoutOptions): Promise<Home> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'eventspan-checkout-'));
  const emulators = await emulatorsFor({ spanner: store === 'spanner', pubsub: transport === 'pubsub' });
  const place: Place = {
    store,
    transport,
    file: file ?? path.join(folder, 'checkout.db'),
    name: `checkout-${Date.now().toString(36)}`,
    ...(emulators?.spanner && { spannerHost: emulators.spanner.host }),
    ...(emulators?.pubsub && { pubsubHost: emulators.pubsub.host }),
  };
  return {
    place,
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await emulators?.stop();
    },
  };
}

async function emulatorsFor(wanted: { readonly spanner: boolean; readonly pubsub: boolean }): Promise<RunningEmulators | undefined> {
  return wanted.spanner || wanted.pubsub ? startEmulators(wanted) : undefined;
}

/** Adapters are loaded when they are asked for, since their packages are optional. */
export async function storeAt({ store, file, name, spannerHost }: Place): Promise<StoreProvider> {
  if (store === 'memory') return memory();
  if (store === 'sqlite') return (await import('eventspan/sqlite')).sqlite(file);
  const { spanner } = await import('eventspan/spanner');
  return spanner({ project: PROJECT, instance: INSTANCE, database: name, ...(spannerHost !== undefined && { emulatorHost: spannerHost }) });
}

export async function transportAt({ transport, name, pubsubHost }: Place): Promise<TransportProvider> {
  if (transport === 'in-process') return inProcess();
  const { pubsub } = await import('eventspan/pubsub');
  return pubsub({ project: PROJECT, topic: name, ...(pubsubHost !== undefined && { emulatorHost: pubsubHost }) });
}
