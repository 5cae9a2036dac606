import type { EventStore } from '../../../src/event-store/event-store.js';
import type { StoredEvent } from '../../../src/event-store/stored-event.js';
import { shardOf } from '../../../src/event-store/shard.js';
import { memory } from '../../../src/memory/index.js';
import { Relay } from '../../../src/relay/relay.js';
import type { RelayOptions } from '../../../src/relay/relay-options.js';
import { seededRandom } from '../../../src/support/random.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { Topic } from './topic.js';

/** Whatever happens to a call of the store: throw before `next`, after it, wait. */
export type StoreFate = (operation: string, next: () => Promise<unknown>) => Promise<unknown>;

/** A memory store, a topic, a clock that stands still, and relays between them. */
export class World {
  readonly clock = new FakeClock();
  readonly rpcs = new RpcCounter();
  readonly topic = new Topic(() => this.clock.now());
  readonly relays: Relay[] = [];
  private ids = 0;

  private constructor(readonly shards: number) {}

  store!: EventStore;

  static async open(shards = 4): Promise<World> {
    const world = new World(shards);
    const environment = { clock: world.clock, random: seededRandom(1), logger: silentLogger, rpcs: world.rpcs };
    world.store = await memory({ shards }).open(environment);
    return world;
  }

  relay(owner: string, options: Partial<RelayOptions> = {}): Relay {
    const { clock, store } = this;
    const basics = { owner, clock, store, transport: this.topic.port(owner), random: seededRandom(7), logger: silentLogger };
    const relay = new Relay({ ...basics, ...options });
    this.relays.push(relay);
    return relay;
  }

  /** Appends `count` events to the stream, in one commit. Answers their ids. */
  async append(streamId: string, count = 1, data = '{}'): Promise<readonly string[]> {
    const events = Array.from({ length: count }, () => ({ eventId: `e${++this.ids}`, type: 'tested', data, metadata: '{"time":"t"}' }));
    const result = await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events }] }, { caller: 'test' });
    return result.streams[0]!.eventIds;
  }

  /** The first stream name, from `start` on, that lies in the shard. */
  streamIn(shard: number, start = 0): string {
    for (let at = start; ; at++) if (shardOf(`stream-${at}`, this.shards) === shard) return `stream-${at}`;
  }

  /** Turns the event loop and the clock, until `done` holds or `maxMs` have passed. */
  async until(done: () => boolean, maxMs = 120_000): Promise<void> {
    const end = this.clock.now() + maxMs;
    await this.clock.advance(0);
    while (!done()) {
      if (this.clock.now() >= end) throw new Error(`not reached within ${maxMs} ms`);
      await this.clock.advance(10);
    }
  }

  /** Awaits, turning the clock meanwhile. */
  async run<T>(promise: Promise<T>, maxMs?: number): Promise<T> {
    let done = false;
    const settle = (): void => void (done = true);
    promise.then(settle, settle);
    await this.until(() => done, maxMs);
    return promise;
  }

  async log(shard: number): Promise<readonly StoredEvent[]> {
    return this.store.readShards([{ shard }], { limit: 10_000, caller: 'test' });
  }

  /** Everything published at least once, firsts in log order, each with the event before it, repeats the same to the byte. */
  async expectTopicRight(): Promise<void> {
    expect(this.topic.violations).toEqual([]);
    for (let shard = 0; shard < this.shards; shard++) {
      const log = await this.log(shard);
      const firsts = new Map<string, string>();
      for (const message of this.topic.taken.filter(({ orderingKey }) => orderingKey === `s${shard}`)) {
        const text = JSON.stringify(message);
        const id = message.attributes['ce-id']!;
        expect(firsts.get(id) ?? text).toBe(text);
        firsts.set(id, text);
      }
      expect([...firsts.keys()]).toEqual(log.map(({ eventId }) => eventId));
      const chain = [...firsts.values()].map((text) => (JSON.parse(text) as { attributes: Record<string, string> }).attributes);
      expect(chain.map((a) => a['ce-previous'])).toEqual(['', ...log.map(({ position }) => position)].slice(0, log.length));
      expect(chain.map((a) => a['ce-position'])).toEqual(log.map(({ position }) => position));
    }
  }

  async cursorPositions(): Promise<Map<number, string | undefined>> {
    const { cursors } = await this.store.cursors.read('relay', { caller: 'test' });
    return new Map(cursors.map(({ shard, position }) => [shard, position]));
  }
}

/** The store with a fate for the calls a relay makes. */
export function withFate(store: EventStore, fate: StoreFate): EventStore {
  const cursors = Object.create(store.cursors) as EventStore['cursors'];
  const wrapped = Object.create(store, { cursors: { value: cursors } }) as EventStore;
  const wrap = (target: object, source: object, operation: string): void => {
    const call = (source as Record<string, (...args: unknown[]) => Promise<unknown>>)[operation]!;
    (target as Record<string, unknown>)[operation] = (...args: unknown[]) => fate(operation, () => call.apply(source, args));
  };
  for (const operation of ['read', 'take', 'advance', 'release']) wrap(cursors, store.cursors, operation);
  wrap(wrapped, store, 'readShards');
  return wrapped;
}

/** A call that never comes back. */
export const suspended = (): Promise<never> => new Promise(() => undefined);
