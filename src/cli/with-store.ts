import { systemEnvironment, type EventStore, type StoreProvider } from '../index.js';

/** Opens a store for one piece of work, and closes it in every case. */
export async function withStore<T>(provider: StoreProvider, work: (store: EventStore) => Promise<T>): Promise<T> {
  const store = await provider.open(systemEnvironment());
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
