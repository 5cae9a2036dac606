import type { EventStore } from '../../../src/event-store/event-store.js';
import { inProcess, type InProcessOptions } from '../../../src/in-process/index.js';
import { memory } from '../../../src/memory/index.js';
import { decodeMessage } from '../../../src/messaging/decode-message.js';
import type { IncomingMessage } from '../../../src/messaging/incoming-message.js';
import type { Delivery, Transport, TransportMessage } from '../../../src/messaging/transport.js';
import { publicationDefinitionOf, type PublicationSource } from '../../../src/publications/publication-definition-of.js';
import { createPublicationEngine, type PublicationEngineOptions } from '../../../src/publications/publication-engine.js';
import { TopicPublisher } from '../../../src/publications/topic-publisher.js';
import { createParkedStreams, type ParkedStreams } from '../../../src/subscriptions/parked-streams.js';
import { KeyMutex } from '../../../src/support/key-mutex.js';
import { seededRandom } from '../../../src/support/random.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { sequentialIds } from '../../../src/testing/sequential-ids.js';
import { registry } from './orders.js';

type PublicationEngine = ReturnType<typeof createPublicationEngine>;

/** What happens to one publish: before it reaches the topic, and after. */
export interface Fate {
  before?(messages: readonly TransportMessage[]): Promise<void> | void;
  after?(messages: readonly TransportMessage[]): Promise<void> | void;
}

/** A log in memory, a topic that keeps what it was told, a clock that stands still, and publications between them. */
export class World {
  readonly clock = new FakeClock();
  readonly rpcs = new RpcCounter();
  readonly random = seededRandom(7);
  readonly received: Delivery[] = [];
  readonly keys = new KeyMutex();
  readonly engines: PublicationEngine[] = [];
  /** Settable: what the topic does. */
  fate: Fate = {};
  store!: EventStore;
  topic!: Transport;
  parked!: ParkedStreams;
  private readonly nextId = sequentialIds();

  static async open({ shards = 4, topic = {} }: { shards?: number; topic?: InProcessOptions } = {}): Promise<World> {
    const world = new World();
    const environment = { clock: world.clock, random: world.random, logger: silentLogger, rpcs: world.rpcs };
    world.store = await memory({ shards }).open(environment);
    world.topic = await inProcess({ whenFull: 'refuse', ...topic }).open(environment);
    world.parked = createParkedStreams({ store: world.store, clock: world.clock });
    const onMessage = (delivery: Delivery): void => {
      world.received.push(delivery);
      delivery.ack();
    };
    await world.topic.subscribe({ consumer: 'reader', maxMessages: 10_000, maxBytes: 2 ** 30, onMessage });
    return world;
  }

  async append(streamId: string, ...events: readonly object[]): Promise<readonly string[]> {
    const stored = events.map((event) => {
      const { type, data, schemaVersion } = registry.serialize(event);
      const metadata = { correlationId: 'c-1', causationId: 'cmd-1', actor: 'ann', time: '2026-01-01T00:00:00.000Z', schemaVersion };
      return { eventId: this.nextId(), type, data, metadata: JSON.stringify(metadata) };
    });
    await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events: stored }] }, { caller: 'test' });
    return stored.map(({ eventId }) => eventId);
  }

  engine(source: PublicationSource, options: Partial<PublicationEngineOptions> = {}): PublicationEngine {
    const { store, clock, random, keys } = this;
    const publication = publicationDefinitionOf(source);
    const engine = createPublicationEngine({
      publication,
      publisher: new TopicPublisher(publication.topic, this.fated(), keys),
      events: registry,
      source: 'shop',
      store,
      owner: `engine-${this.engines.length + 1}`,
      clock,
      random,
      logger: silentLogger,
      tailCheckMs: 100,
      ...options,
    });
    this.engines.push(engine);
    return engine;
  }

  async started(source: PublicationSource, options: Partial<PublicationEngineOptions> = {}): Promise<PublicationEngine> {
    const engine = this.engine(source, options);
    await engine.start();
    await this.clock.advance(0);
    return engine;
  }

  /** What has arrived, read as another system reads it. */
  get messages(): readonly IncomingMessage[] {
    return this.received.map((delivery) => decodeMessage(delivery));
  }

  get ids(): readonly string[] {
    return this.received.map(({ attributes }) => attributes['ce-id'] ?? '');
  }

  async until(condition: () => boolean | Promise<boolean>, what: string, maxMs = 60_000): Promise<void> {
    for (const end = this.clock.now() + maxMs; !(await condition());) {
      if (this.clock.now() >= end) throw new Error(`waited ${maxMs} ms of the clock in vain until ${what}`);
      await this.clock.advance(10);
    }
  }

  /** Until nothing waits for any engine. */
  async settled(...ids: readonly string[]): Promise<void> {
    const isThere = (): boolean => {
      const there = new Set(this.ids);
      return ids.every((id) => there.has(id));
    };
    await this.until(isThere, `${ids.length} messages arrived`);
  }

  async parkedIds(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { consumer, streamId, version, message } of this.parked.list())
      found.push(`${consumer} ${streamId}/${version} ${message}`);
    return found;
  }

  async close(): Promise<void> {
    const stopping = Promise.all(this.engines.map((engine) => engine.stop()));
    const state = { isDone: false };
    void stopping.then(() => (state.isDone = true));
    await this.until(() => state.isDone, 'the engines stopped');
    await this.topic.close();
    expect(this.clock.sleeping).toBe(0);
  }

  private fated(): Transport {
    const { topic } = this;
    return {
      name: topic.name,
      publish: async (messages, options) => {
        await this.fate.before?.(messages);
        await topic.publish(messages, options);
        await this.fate.after?.(messages);
      },
      subscribe: (options) => topic.subscribe(options),
      close: () => topic.close(),
    };
  }
}
