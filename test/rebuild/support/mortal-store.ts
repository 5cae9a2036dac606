import type { EventStore, OpenBatchOptions, ReadModelBatch, StoreProvider } from 'eventspan';

/** A process that dies; what it does after its death does not come back to it, and never happens. */
export interface Mortal {
  readonly provider: StoreProvider;
  readonly isDead: () => boolean;
  /** It lives on, whatever it writes. */
  readonly spare: () => void;
}

/** A provider whose store dies with its process at the nth write: just before it is carried out, or just after. */
export function mortal(provider: StoreProvider, at: { readonly write: number; readonly when: 'before' | 'after' }): Mortal {
  let writes = 0;
  let dead = false;
  let spared = false;
  const forever = (): Promise<never> => new Promise(() => undefined);
  const write = async <T>(next: () => Promise<T>): Promise<T> => {
    if (dead) return forever();
    const isLast = ++writes === at.write && !spared;
    if (isLast) dead = true;
    if (isLast && at.when === 'before') return forever();
    const result = await next();
    return isLast || dead ? forever() : result;
  };
  const read = async <T>(next: () => Promise<T>): Promise<T> => {
    if (dead) return forever();
    const result = await next();
    return dead ? forever() : result;
  };
  return {
    isDead: () => dead,
    spare: () => void (spared = true),
    provider: { ...provider, open: async (environment) => wrapStore(await provider.open(environment), { read, write }) },
  };
}

type Wrap = <T>(next: () => Promise<T>) => Promise<T>;

function wrapStore(store: EventStore, { read, write }: { readonly read: Wrap; readonly write: Wrap }): EventStore {
  const { readModels, cursors } = store;
  const openBatch = async (options: OpenBatchOptions): Promise<ReadModelBatch> => {
    const batch = await read(() => readModels.openBatch(options));
    return {
      get: (table, keys) => read(() => batch.get(table, keys)),
      commit: (changes, advance) => write(() => batch.commit(changes, advance)),
      append: (request) => write(() => batch.append(request)),
      abandon: () => batch.abandon(),
    };
  };
  return override(store, {
    readShards: (...args: Parameters<EventStore['readShards']>) => read(() => store.readShards(...args)),
    describeShards: () => read(() => store.describeShards()),
    readModels: override(readModels, {
      openBatch,
      ensureTables: (...args: Parameters<typeof readModels.ensureTables>) => write(() => readModels.ensureTables(...args)),
      dropTables: (...args: Parameters<typeof readModels.dropTables>) => write(() => readModels.dropTables(...args)),
      openSnapshot: (...args: Parameters<typeof readModels.openSnapshot>) => read(() => readModels.openSnapshot(...args)),
    }),
    cursors: override(cursors, {
      read: (...args: Parameters<typeof cursors.read>) => read(() => cursors.read(...args)),
      take: (...args: Parameters<typeof cursors.take>) => write(() => cursors.take(...args)),
      advance: (...args: Parameters<typeof cursors.advance>) => write(() => cursors.advance(...args)),
      release: (...args: Parameters<typeof cursors.release>) => write(() => cursors.release(...args)),
      remove: (...args: Parameters<typeof cursors.remove>) => write(() => cursors.remove(...args)),
    }),
  });
}

function override<T extends object>(target: T, parts: object): T {
  const properties = Object.entries(parts).map(([name, value]) => [name, { value: value as unknown }] as const);
  return Object.create(target, Object.fromEntries(properties)) as T;
}
