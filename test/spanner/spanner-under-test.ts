import { randomUUID } from 'node:crypto';
import type { AppendRequest } from '../../src/event-store/append.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { ExpectedVersion } from '../../src/event-store/expected-version.js';
import type { TableDefinition } from '../../src/event-store/read-models.js';
import type { AdapterEnvironment, StoreProvider } from '../../src/event-store/store-provider.js';
import type { EventToAppend, StoredEvent } from '../../src/event-store/stored-event.js';
import { spanner, type SpannerOptions } from '../../src/spanner/index.js';
import { systemClock } from '../../src/support/clock.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { emulatorHost, uniqueName } from '../support/emulators.js';
import { GrpcProxy } from '../support/grpc-proxy.js';

/** What an application would give to the adapter, with the counter at hand. */
export function testEnvironment(): AdapterEnvironment & { readonly rpcs: RpcCounter } {
  return { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: new RpcCounter() };
}

/** Options for a database of its own on the run's emulator. */
export async function spannerOptions(options: Partial<SpannerOptions> = {}): Promise<SpannerOptions> {
  const host = options.emulatorHost ?? (await emulatorHost('spanner'));
  return { project: 'test', instance: 'eventspan', database: uniqueName('db'), ...options, emulatorHost: host };
}

export async function spannerProvider(options: Partial<SpannerOptions> = {}): Promise<StoreProvider> {
  return spanner(await spannerOptions(options));
}

/** A store whose requests go through a proxy, and one beside it that sees the same database without it. */
export interface ProxiedStore {
  readonly proxy: GrpcProxy;
  readonly store: EventStore;
  readonly direct: EventStore;
  readonly rpcs: RpcCounter;
  close(): Promise<void>;
}

export async function proxiedStore(): Promise<ProxiedStore> {
  const options = await spannerOptions();
  const direct = await spanner(options).open(testEnvironment());
  const proxy = await GrpcProxy.start(options.emulatorHost as string);
  const environment = testEnvironment();
  const store = await spanner({ ...options, emulatorHost: proxy.host, migrate: 'check' }).open(environment);
  const close = async (): Promise<void> => {
    proxy.disarm();
    await store.close();
    await direct.close();
    await proxy.close();
  };
  return { proxy, store, direct, rpcs: environment.rpcs, close };
}

export function newEvents(count: number): readonly EventToAppend[] {
  return Array.from({ length: count }, (_, at) => ({ eventId: randomUUID(), type: 'thing.happened', data: `{"n":${at}}`, metadata: '{}' }));
}

/** An append of new events to one stream. */
export function appendTo(streamId: string, expectedVersion: ExpectedVersion, count = 1): AppendRequest {
  return { writes: [{ streamId, expectedVersion, events: newEvents(count) }] };
}

export async function readAll(store: EventStore, streamId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.readStream(streamId)) events.push(event);
  return events;
}

/** A read-model table of this name. */
export function table(name: string): TableDefinition {
  return { name, columns: { id: 'string', n: 'integer', note: 'string' }, key: ['id'] };
}
