import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionsOf, type ShardPositions } from '../../src/event-store/consistency-token.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { StoreProvider } from '../../src/event-store/store-provider.js';
import type { TransportProvider } from '../../src/messaging/transport.js';
import { inProcess } from '../../src/in-process/index.js';
import { memory } from '../../src/memory/index.js';
import { projectionTransportConsumer } from '../../src/projections/generation.js';
import { ProjectionEngine } from '../../src/projections/projection-engine.js';
import { projectorDefinitionOf } from '../../src/projections/projector-definition-of.js';
import { createReadModel } from '../../src/projections/read-model.js';
import { pubsub } from '../../src/pubsub/index.js';
import { Relay } from '../../src/relay/relay.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { systemClock } from '../../src/support/clock.js';
import { seededRandom } from '../../src/support/random.js';
import { uuidV7 } from '../../src/support/uuid-v7.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { Accounts, Customers, Paid, registry } from './support/domain.js';

const folder = mkdtempSync(join(tmpdir(), 'projections-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const nextId = uuidV7();

const environment = { clock: systemClock, random: seededRandom(3), logger: silentLogger, rpcs: new RpcCounter() };

async function append(store: EventStore, streamId: string, event: object): Promise<ShardPositions> {
  const { type, data, schemaVersion } = registry.serialize(event);
  const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion });
  return positionsOf(
    await store.append({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId: nextId(), type, data, metadata }] }] }),
  );
}

/** Two projectors with two instances each, some of which begin while events are written. */
async function story(stores: StoreProvider, transports: TransportProvider, events: number): Promise<void> {
  await stores.migrate(environment);
  const store = await stores.open(environment);
  const transport = await transports.open(environment);
  await transports.ensure(
    environment,
    [Accounts, Customers].map((type) => projectionTransportConsumer(projectorDefinitionOf(type))),
  );
  const common = { store, transport, ...environment };
  const relay = new Relay({ ...common, owner: 'relay' });
  relay.start();
  const engines = [Accounts, Customers, Accounts, Customers].map(
    (type, at) =>
      new ProjectionEngine({ ...common, projector: projectorDefinitionOf(type), events: registry, owner: `engine-${at}`, batchSize: 20 }),
  );
  const ends: ShardPositions[] = [];
  for (let at = 0; at < events; at++) {
    ends.push(await append(store, `acc-${at % 40}`, new Paid(`c-${at % 3}`, 1)));
    relay.nudge();
    if (at % (events / 5) === 0) await engines[at / (events / 5)]?.start();
  }
  for (const end of ends) for (const engine of engines) await engine.caughtUp(end, { timeoutMs: 30_000 });

  const customers = await createReadModel(store.readModels, projectorDefinitionOf(Customers)).all('customers');
  const each = events / 3;
  expect(customers).toEqual(['c-0', 'c-1', 'c-2'].map((customer) => ({ customer, total: each, payments: each })));
  const accounts = createReadModel(store.readModels, projectorDefinitionOf(Accounts));
  expect(await accounts.get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: events, amount: events });
  expect(await accounts.all('accounts')).toHaveLength(40);

  await Promise.all(engines.map((engine) => engine.stop()));
  await relay.stop();
  await transport.close();
  await store.close();
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory()],
  ['sqlite', () => sqlite(join(folder, 'log.db'))],
])('[%s] with a real relay and real time', (_, provider) => {
  it('two projectors with two instances each are exactly right', () => story(provider(), inProcess(), 300));
});

describeWithEmulator(['spanner', 'pubsub'], 'with a real relay, over the emulators', () => {
  it('two projectors with two instances each are exactly right', async () => {
    const store = spanner({
      project: 'test',
      instance: 'eventspan',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
    });
    const transport = pubsub({ project: 'eventspan-test', topic: uniqueName('events'), emulatorHost: await emulatorHost('pubsub') });
    await story(store, transport, 60);
  });
});
