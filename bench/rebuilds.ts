import {
  counterTable,
  defineProjector,
  Event,
  Eventspan,
  formatPosition,
  inProcess,
  on,
  systemEnvironment,
  type EventStore,
  type StoredEvent,
} from 'eventspan';
import type { Contestant } from './measure.js';
import { makePlace, providerOf, type Place } from './verify/places.js';

@Event('item.added')
class ItemAdded {
  constructor(
    readonly product: string,
    readonly quantity: number,
    readonly price: { readonly amount: number; readonly currency: string },
  ) {}
}

const counts = counterTable('counts', { key: { product: 'string' }, counters: ['events', 'quantity'] });
const counting = defineProjector({
  name: 'counting',
  tables: [counts],
  on: [on(ItemAdded, ({ product, quantity }, { view }) => view.increment('counts', { product }, { events: 1, quantity }))],
});

const STREAMS = 1_000;
const PRODUCTS = 10;
const PAGE = 1_000;
/** Events of one import: the time of the emulator's commits grows faster than their rows. */
const IMPORTED = 500;
const METADATA = '{"correlationId":"c","time":"2026-11-24T05:22:37.123Z","schemaVersion":1}';

/** The log read page by page, shard by shard; then the same log rebuilt into a counting read model in the same database. */
export function rebuildContestants(kind: Place['kind'], events: number): readonly Contestant[] {
  return [readingAlone(kind, events), rebuilding(kind, events)];
}

function readingAlone(kind: Place['kind'], events: number): Contestant {
  return {
    name: `reading the log, ${kind}`,
    prepare: async () => {
      const { store, close } = await filledStore(kind, events);
      let count = 0;
      const work = async (): Promise<number> => (count = await readEverything(store));
      const check = async (): Promise<void> => {
        expectEqual(count, events);
        await close();
      };
      return { work, check };
    },
  };
}

/** From the request to the switch, filling and comparison included; there are no readers elsewhere to wait for, so nothing is cached. */
function rebuilding(kind: Place['kind'], events: number): Contestant {
  return {
    name: `rebuild, counting, ${kind}`,
    prepare: async () => {
      const { place, close } = await filledStore(kind, events);
      const app = await Eventspan.open({
        store: providerOf(place),
        transport: inProcess(),
        projectors: [counting],
        roles: ['projectors'],
        projections: { liveCacheMs: 0 },
      });
      await app.start();
      const ends = await app.store.describeShards();
      const positions = new Map(ends.flatMap(({ shard, last }) => (last === undefined ? [] : [[shard, last] as const])));
      await app.caughtUp('counting', positions, { timeoutMs: 600_000 });
      const work = async (): Promise<number> => {
        const { state } = await app.projections.finished(await app.projections.rebuild('counting'));
        if (state !== 'live') throw new Error(`the rebuild ended as ${state}`);
        return events;
      };
      const check = async (): Promise<void> => {
        const rows = await app.readModel('counting').all('counts');
        expectEqual(
          rows.reduce((sum, row) => sum + Number(row['events']), 0),
          events,
        );
        await app.stop();
        await close();
      };
      return { work, check };
    },
  };
}

async function readEverything(store: EventStore): Promise<number> {
  let count = 0;
  for (let shard = 0; shard < store.shardCount; shard++) {
    let page = await store.readShards([{ shard }], { limit: PAGE });
    count += page.length;
    for (let last = page.at(-1); last !== undefined && page.length === PAGE; last = page.at(-1)) {
      page = await store.readShards([{ shard, after: last.position }], { limit: PAGE });
      count += page.length;
    }
  }
  return count;
}

interface Filled {
  readonly store: EventStore;
  readonly place: Place;
  readonly close: () => Promise<void>;
}

async function filledStore(kind: Place['kind'], events: number): Promise<Filled> {
  const { place, remove } = await makePlace(kind);
  const store = await providerOf(place).open(systemEnvironment());
  for (let first = 0; first < events; first += IMPORTED) {
    await store.importEvents(Array.from({ length: Math.min(IMPORTED, events - first) }, (_, at) => eventAt(first + at)));
  }
  const close = async (): Promise<void> => {
    await store.close();
    await remove();
  };
  return { store, place, close };
}

function eventAt(n: number): StoredEvent {
  const streamId = `cart-${n % STREAMS}`;
  const version = Math.floor(n / STREAMS) + 1;
  const commitTime = `${new Date(1_700_000_000_000 + n).toISOString().slice(0, 23)}000000Z`;
  const data = JSON.stringify({ product: `p-${n % PRODUCTS}`, quantity: 2, price: { amount: 1999, currency: 'EUR' } });
  const position = formatPosition({ commitTime, commitIndex: 0, streamId, version });
  return { eventId: `e-${n}`, type: 'item.added', data, metadata: METADATA, streamId, version, shard: 0, position };
}

function expectEqual(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} events were counted, and ${wanted} are in the log.`);
}
