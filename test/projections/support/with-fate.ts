import type { EventStore } from '../../../src/event-store/event-store.js';
import type { OpenBatchOptions, ReadModelBatch } from '../../../src/event-store/read-models.js';

/** Whatever happens to a call of the store: throw before `next`, after it, wait. */
export type Fate = (operation: string, next: () => Promise<unknown>) => Promise<unknown>;

/** The store with a fate for each call that a projection makes. A batch's are `get`, `commit` and `abandon`. */
export function withFate(store: EventStore, fate: Fate): EventStore {
  const openBatch = async (options: OpenBatchOptions): Promise<ReadModelBatch> => {
    const batch = (await fate('openBatch', () => store.readModels.openBatch(options))) as ReadModelBatch;
    return wrap(batch, ['get', 'commit', 'abandon'], fate);
  };
  const readModels = Object.assign(wrap(store.readModels, ['ensureTables'], fate), { openBatch });
  const cursors = wrap(store.cursors, ['read', 'take', 'advance', 'release'], fate);
  return Object.assign(wrap(store, ['readShards'], fate), { readModels, cursors });
}

function wrap<T extends object>(target: T, operations: readonly string[], fate: Fate): T {
  const methods = operations.map((operation) => {
    const call = (target as Record<string, (...args: unknown[]) => Promise<unknown>>)[operation]!;
    const value = (...args: unknown[]): Promise<unknown> => fate(operation, () => call.apply(target, args));
    return [operation, { value }] as const;
  });
  const fields = ['readModels', 'cursors'].map(
    (name) => [name, { writable: true, value: (target as Record<string, unknown>)[name] }] as const,
  );
  return Object.create(target, Object.fromEntries([...methods, ...fields])) as T;
}
