import type { EventStore } from '../../event-store/event-store.js';
import { memory } from '../../memory/index.js';
import { createEventRegistry } from '../../messages/create-event-registry.js';
import type { Constructor } from '../../messages/constructor.js';
import type { EventRegistry } from '../../messages/event-registry.js';
import { firstGenerationOf } from '../../projections/generation.js';
import { ProjectionHandler } from '../../projections/projection-handler.js';
import type { ProjectorDefinition } from '../../projections/projector-definition.js';
import { createReadModel, type ReadModel } from '../../projections/read-model.js';
import { StoreTarget } from '../../projections/store-target.js';
import { ViewTables } from '../../projections/view-tables.js';
import { seededRandom } from '../../support/random.js';
import { silentLogger } from '../../telemetry/logger.js';
import { RpcCounter } from '../../telemetry/rpc-observer.js';
import { FakeClock } from '../fake-clock.js';
import { sequentialIds } from '../sequential-ids.js';
import type { GivenEvents } from './given-events.js';
import { watchStreamRows } from './stream-rows-watch.js';

const CONSUMER = 'spec';
const DEFAULT_STREAM = 'stream-1';

/** Stores the events in a memory store of one shard and runs the projector over them, as one batch. Rejects with the handler's error. */
export async function runProjector(projector: ProjectorDefinition, given: readonly GivenEvents[]): Promise<ReadModel> {
  const clock = new FakeClock();
  const store = await memory({ shards: 1 }).open({ clock, random: seededRandom(1), logger: silentLogger, rpcs: new RpcCounter() });
  const registry = registryOf(projector, given);
  await appendAll(given, { store, registry, clock });
  const tables = new ViewTables(projector, firstGenerationOf(projector));
  const target = new StoreTarget(store, tables, { rows: projector.rows, caller: CONSUMER });
  await target.ensureTables();
  const events = await store.readShards([{ shard: 0 }], { limit: 10_000, caller: CONSUMER });
  const last = events.at(-1);
  if (last !== undefined) {
    const [cursor] = await store.cursors.take(CONSUMER, CONSUMER, [{ shard: 0, token: 0 }]);
    const handler = new ProjectionHandler({ projector: watchStreamRows(projector), events: registry, tables, target, streams: store });
    const advance = { consumer: CONSUMER, shard: 0, token: cursor?.token ?? 0, position: last.position };
    const failure = await handler.apply({ shard: 0, events, advance, signal: new AbortController().signal });
    if (failure !== undefined) throw failure.error;
  }
  return createReadModel(store.readModels, projector);
}

/** What the projector takes, and whatever else is given. */
function registryOf(projector: ProjectorDefinition, given: readonly GivenEvents[]): EventRegistry {
  const classes = given.flatMap(({ events }) => events.map((event) => event.constructor as Constructor));
  return createEventRegistry([...projector.events, ...classes], { onlyToday: true });
}

interface AppendingWith {
  readonly store: EventStore;
  readonly registry: EventRegistry;
  readonly clock: FakeClock;
}

async function appendAll(given: readonly GivenEvents[], { store, registry, clock }: AppendingWith): Promise<void> {
  const nextId = sequentialIds();
  for (const { streamId = DEFAULT_STREAM, metadata, at, events: payloads } of given) {
    if (at !== undefined) await clock.advance(Math.max(0, at.getTime() - clock.now()));
    const events = payloads.map((payload) => {
      const { type, data, schemaVersion } = registry.serialize(payload);
      const time = new Date(clock.now()).toISOString();
      return { eventId: nextId(), type, data, metadata: JSON.stringify({ correlationId: CONSUMER, time, schemaVersion, ...metadata }) };
    });
    if (events.length > 0) await store.append({ writes: [{ streamId, expectedVersion: 'any', events }] });
  }
}
