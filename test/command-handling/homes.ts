import { createCommandBus, type CommandBusOptions } from '../../src/command-handling/create-command-bus.js';
import type { CommandBus } from '../../src/command-handling/command-bus.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { StoreProvider } from '../../src/event-store/store-provider.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { memory } from '../../src/memory/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { createEventRegistry } from '../../src/messages/create-event-registry.js';
import type { EventMetadata } from '../../src/messages/metadata.js';
import { createDomainModel } from '../../src/model/domain-model.js';
import { systemClock, type Clock } from '../../src/support/clock.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { account } from './account.js';
import { Loan } from './loan.js';

/** The stores that the suites run on; each call makes an empty one. */
export const HOMES: readonly (readonly [name: string, make: () => StoreProvider])[] = [
  ['memory', () => memory()],
  ['sqlite', () => sqlite(':memory:')],
];

export const domain = createDomainModel({ aggregates: [Loan, account] });
export const registry = createEventRegistry(domain.events);

/** One store, and as many buses ("processes") on it as a test needs. */
export class Bench {
  private constructor(
    readonly store: EventStore,
    private readonly rpcs: RpcCounter,
  ) {}

  static async open(provider: StoreProvider, clock: Clock = systemClock): Promise<Bench> {
    const rpcs = new RpcCounter();
    const environment = { clock, random: Math.random, logger: silentLogger, rpcs };
    return new Bench(await provider.open(environment), rpcs);
  }

  bus(options: Partial<CommandBusOptions> = {}): CommandBus {
    return createCommandBus({ store: this.store, domain, events: registry, ...options });
  }

  async events(streamId: string): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.store.readStream(streamId)) events.push(event);
    return events;
  }

  async metadata(streamId: string): Promise<EventMetadata[]> {
    return (await this.events(streamId)).map((event) => JSON.parse(event.metadata) as EventMetadata);
  }

  /** The RPCs that commands needed while `task` ran. */
  async rpcsOf(task: () => Promise<unknown>): Promise<{ Read: number; Commit: number }> {
    const count = (method: string): number => this.rpcs.count('command', method);
    const before = { Read: count('Read'), Commit: count('Commit') };
    await task();
    return { Read: count('Read') - before.Read, Commit: count('Commit') - before.Commit };
  }
}

/** `store` with some of its methods replaced. */
export function withMethods(store: EventStore, methods: Partial<EventStore>): EventStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name) as unknown;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
