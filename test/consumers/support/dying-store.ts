import type { EventStore, OpenBatchOptions, ReadModelBatch, StoreProvider } from 'eventspan';

/** At which request of its process a store dies with it: just before the request is carried out, or just after. */
export interface Death {
  readonly request: number;
  readonly when: 'before' | 'after';
}

/** A process whose requests are counted, from the moment it is told to, and which ends at one of them. */
export class DyingProcess {
  requests = 0;
  isDead = false;
  private isCounting = false;

  constructor(private readonly death?: Death) {}

  count(): void {
    this.isCounting = true;
  }

  /** What it has asked for comes back to nobody once it is dead. */
  readonly call = async <T>(next: () => Promise<T>): Promise<T> => {
    if (this.isDead) return forever();
    if (!this.isCounting) return this.alive(await next());
    this.requests++;
    const isLast = this.requests === this.death?.request;
    if (isLast && this.death?.when === 'before') {
      this.isDead = true;
      return forever();
    }
    const answer = await next().finally(() => {
      if (isLast) this.isDead = true;
    });
    return this.alive(answer);
  };

  provider(provider: StoreProvider): StoreProvider {
    return { ...provider, open: async (environment) => wrap(await provider.open(environment), this.call) };
  }

  private alive<T>(answer: T): T | Promise<T> {
    return this.isDead ? forever() : answer;
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}

type Call = DyingProcess['call'];

function wrap(store: EventStore, call: Call): EventStore {
  const openBatch = async (options: OpenBatchOptions): Promise<ReadModelBatch> => {
    const batch = await store.readModels.openBatch(options);
    return methods(batch, ['get', 'commit', 'append', 'abandon'], call);
  };
  const readModels = Object.assign(methods(store.readModels, ['get', 'ensureTables'], call), { openBatch });
  const cursors = methods(store.cursors, ['read', 'take', 'advance', 'release'], call);
  const own = methods(store, ['append', 'findAppend', 'load', 'readShards', 'currentTime'], call);
  return Object.create(own, { readModels: { value: readModels }, cursors: { value: cursors } }) as EventStore;
}

function methods<T extends object>(target: T, names: readonly string[], call: Call): T {
  const properties = names.map((name) => {
    const method = (target as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!;
    return [name, { value: (...args: unknown[]) => call(() => method.apply(target, args)) }] as const;
  });
  return Object.create(target, { ...Object.fromEntries(properties), openBatch: { writable: true, value: undefined } }) as T;
}
