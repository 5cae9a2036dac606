import type { EventStore } from '../../../src/event-store/event-store.js';
import { positionsOf, type ShardPositions } from '../../../src/event-store/consistency-token.js';
import type { Position } from '../../../src/event-store/position.js';
import { chainEvents } from '../../../src/messaging/chain-events.js';
import { toMessage } from '../../../src/messaging/envelope.js';
import type { Transport, TransportProvider } from '../../../src/messaging/transport.js';
import { inProcess } from '../../../src/in-process/index.js';
import { memory } from '../../../src/memory/index.js';
import type { Constructor } from '../../../src/messages/constructor.js';
import { ProjectionEngine, type ProjectionEngineOptions } from '../../../src/projections/projection-engine.js';
import type { ProjectorDefinition } from '../../../src/projections/projector-definition.js';
import { projectorDefinitionOf } from '../../../src/projections/projector-definition-of.js';
import { createReadModel, type ReadModel } from '../../../src/projections/read-model.js';
import { seededRandom, type Random } from '../../../src/support/random.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { sequentialIds } from '../../../src/testing/sequential-ids.js';
import { registry } from './domain.js';

/** A memory store, a transport, a clock that stands still, a stand-in for the relay, and engines between them. */
export class World {
  readonly clock = new FakeClock();
  readonly rpcs = new RpcCounter();
  readonly logged: { readonly fields: object; readonly message: string }[] = [];
  readonly engines: ProjectionEngine[] = [];
  readonly random: Random;
  readonly logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => void this.logged.push({ fields, message }),
    error: (fields, message) => void this.logged.push({ fields, message }),
  };
  store!: EventStore;
  transport!: Transport;
  private readonly nextId = sequentialIds();
  private readonly published = new Map<number, Position>();

  private constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  static async open({
    shards = 4,
    seed = 1,
    transport = () => inProcess(),
  }: { shards?: number; seed?: number; transport?: (world: World) => TransportProvider } = {}): Promise<World> {
    const world = new World(seed);
    const environment = { clock: world.clock, random: world.random, logger: world.logger, rpcs: world.rpcs };
    world.store = await memory({ shards }).open(environment);
    world.transport = await transport(world).open(environment);
    return world;
  }

  /** Appends events to one stream; answers where they are. */
  async append(streamId: string, ...events: readonly object[]): Promise<ShardPositions> {
    const stored = events.map((event) => this.toAppend(event));
    return positionsOf(await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events: stored }] }, { caller: 'test' }));
  }

  /** Appends an event that is stored as these texts say. */
  async appendRaw(streamId: string, raw: { type: string; data: string; metadata?: string }): Promise<ShardPositions> {
    const event = { eventId: this.nextId(), metadata: '{"schemaVersion":1}', ...raw };
    return positionsOf(await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events: [event] }] }, { caller: 'test' }));
  }

  /** Publishes what is new in the log, as a relay does. */
  async publish(): Promise<void> {
    for (let shard = 0; shard < this.store.shardCount; shard++) {
      const after = this.published.get(shard);
      const events = await this.store.readShards([after === undefined ? { shard } : { shard, after }], { limit: 1_000, caller: 'test' });
      const last = events.at(-1);
      if (last === undefined) continue;
      await this.transport.publish(chainEvents(after, events).map((chained) => toMessage(chained)));
      this.published.set(shard, last.position);
    }
  }

  /** Forgets to publish what is in the log by now: the messages are lost. */
  async loseMessages(): Promise<void> {
    for (let shard = 0; shard < this.store.shardCount; shard++) {
      const last = (await this.store.readShards([{ shard }], { limit: 10_000, caller: 'test' })).at(-1);
      if (last !== undefined) this.published.set(shard, last.position);
    }
  }

  engine(projector: Constructor | object | ProjectorDefinition, options: Partial<ProjectionEngineOptions> = {}): ProjectionEngine {
    const definition = 'handle' in projector ? projector : projectorDefinitionOf(projector);
    const { store, transport, clock, random, logger } = this;
    const owner = `engine-${this.engines.length + 1}`;
    const engine = new ProjectionEngine({
      projector: definition,
      events: registry,
      store,
      transport,
      owner,
      clock,
      random,
      logger,
      ...options,
    });
    this.engines.push(engine);
    return engine;
  }

  async started(
    projector: Constructor | object | ProjectorDefinition,
    options: Partial<ProjectionEngineOptions> = {},
  ): Promise<ProjectionEngine> {
    const engine = this.engine(projector, options);
    await engine.start();
    await this.clock.advance(0);
    return engine;
  }

  readModel(projector: Constructor | ProjectorDefinition): ReadModel {
    const definition = typeof projector === 'function' ? projectorDefinitionOf(projector) : projector;
    return createReadModel(this.store.readModels, definition);
  }

  /** Lets time go on in small steps until the promise is settled; at most `maxMs`. */
  async run<T>(promise: Promise<T>, maxMs = 120_000): Promise<T> {
    const state = { isDone: false };
    const settle = (): void => void (state.isDone = true);
    promise.then(settle, settle);
    await this.until(() => state.isDone, 'a promise is settled', maxMs);
    return promise;
  }

  async until(condition: () => boolean, what: string, maxMs = 60_000): Promise<void> {
    for (const end = this.clock.now() + maxMs; !condition();) {
      if (this.clock.now() >= end) throw new Error(`waited ${maxMs} ms of the clock in vain until ${what}`);
      await this.clock.advance(10);
    }
  }

  async close(): Promise<void> {
    await this.run(Promise.all(this.engines.map((engine) => engine.stop())));
    await this.run(this.transport.close());
    expect(this.clock.sleeping).toBe(0);
  }

  private toAppend(event: object): { eventId: string; type: string; data: string; metadata: string } {
    const { type, data, schemaVersion } = registry.serialize(event);
    return {
      eventId: this.nextId(),
      type,
      data,
      metadata: JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion }),
    };
  }
}
