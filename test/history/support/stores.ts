import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, systemEnvironment, type EventStore, type StoreProvider, type StoredEvent } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';

/** Opens stores and makes folders for one test file; `clean` closes and removes them. */
export class Workshop {
  private readonly stores: EventStore[] = [];
  private readonly folders: string[] = [];

  memory(shards = 4): Promise<EventStore> {
    return this.open(memory({ shards }));
  }

  async sqlite(shards = 8): Promise<EventStore> {
    return this.open(sqlite(join(await this.folder(), 'events.db'), { shards }));
  }

  async open(provider: StoreProvider): Promise<EventStore> {
    const store = await provider.open(systemEnvironment());
    this.stores.push(store);
    return store;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'eventspan-history-'));
    this.folders.push(folder);
    return folder;
  }

  async clean(): Promise<void> {
    for (const store of this.stores.splice(0)) await store.close();
    for (const folder of this.folders.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}

/** Events as they are without the shard, which is each store's own. */
export function withoutShards(events: readonly StoredEvent[]): readonly object[] {
  return events.map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'shard')));
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
