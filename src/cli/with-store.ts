import { isEventspanError, systemEnvironment, type EventStore, type StoreProvider } from '../index.js';
import { storeAt } from './store-address.js';

type StoreWork<T> = (store: EventStore) => Promise<T>;

/** Opens a store for one piece of work, and closes it in every case. */
export async function withStore<T>(provider: StoreProvider, work: StoreWork<T>): Promise<T> {
  return closing(await provider.open(systemEnvironment()), work);
}

/**
 * {@link withStore} on a store that is there, with the number of shards it has. Its schema is left as it is: `MIGRATIONS_PENDING` says when
 * `eventspan migrate` is needed.
 */
export async function withStoreAt<T>(address: string, work: StoreWork<T>): Promise<T> {
  return closing(await openAt(address, { migrate: 'check' }), work);
}

/** {@link withStore} on a store that may not be there yet; a new one gets `shards`, or the default. */
export async function withTargetAt<T>(address: string, shards: number | undefined, work: StoreWork<T>): Promise<T> {
  return closing(await openAt(address, { migrate: 'auto', ...(shards !== undefined && { shards }) }), work);
}

async function closing<T>(store: EventStore, work: StoreWork<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function openAt(address: string, options: NonNullable<Parameters<typeof storeAt>[1]>): Promise<EventStore> {
  try {
    return await storeAt(address, options).open(systemEnvironment());
  } catch (error) {
    if (options.shards !== undefined || !isEventspanError(error, 'SHARD_COUNT_DIFFERS')) throw error;
    return storeAt(address, { ...options, shards: Number(error.details['stored']) }).open(systemEnvironment());
  }
}
