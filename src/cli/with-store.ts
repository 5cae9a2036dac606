import { isEventspanError, systemEnvironment, type EventStore, type StoreProvider } from '../index.js';
import { storeAt } from './store-address.js';

/** Opens a store for one piece of work, and closes it in every case. */
export async function withStore<T>(provider: StoreProvider, work: (store: EventStore) => Promise<T>): Promise<T> {
  return working(await provider.open(systemEnvironment()), work);
}

/** {@link withStore} on the store that a text names. Without `shards` a store that is there is taken with the number it has. */
export async function withStoreAt<T>(address: string, shards: number | undefined, work: (store: EventStore) => Promise<T>): Promise<T> {
  return working(await openAt(address, shards), work);
}

async function working<T>(store: EventStore, work: (store: EventStore) => Promise<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function openAt(address: string, shards: number | undefined): Promise<EventStore> {
  try {
    return await storeAt(address, shards).open(systemEnvironment());
  } catch (error) {
    if (shards !== undefined || !isEventspanError(error, 'SHARD_COUNT_DIFFERS')) throw error;
    return storeAt(address, Number(error.details['stored'])).open(systemEnvironment());
  }
}
