import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Eventspan, inProcess, memory, type StoreProvider } from '../../src/index.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { appendHistory, FACTS, Order, OrderFacts, UPCASTERS } from './order-history.js';

const TIMEOUT_MS = 60_000;

/** With batches of one event, every merge and split meets the border of a batch. */
function openApp(store: StoreProvider, batchSize: number): Promise<Eventspan> {
  return Eventspan.open({
    store,
    transport: inProcess(),
    aggregates: [Order],
    projectors: [OrderFacts],
    upcasters: UPCASTERS,
    projections: { batchSize, tailCheckMs: 20 },
  });
}

function describeEveryPath(name: string, provider: () => Promise<StoreProvider>): void {
  it.each([1, 2, 200])(
    `${name} gives the same facts by load, as of every version, and by projection in batches of %i; stored bytes stay`,
    async (batchSize) => {
      const app = await openApp(await provider(), batchSize);
      const id = randomUUID();
      try {
        await appendHistory(app.store, `order-${id}`, randomUUID);
        const before = await streamText(app, id);
        const { aggregate, version } = await app.repository.load(Order, id);
        expect(aggregate.facts).toEqual(FACTS.map(([fact]) => fact));
        expect(version).toBe(14);
        for (let asOfVersion = 1; asOfVersion <= 14; asOfVersion++) {
          const then = await app.repository.load(Order, id, { asOfVersion });
          const merging = asOfVersion === 4 || asOfVersion === 12;
          const known = FACTS.filter(([, at]) => at <= asOfVersion).map(([fact]) => fact);
          expect([asOfVersion, then.aggregate.facts]).toEqual([asOfVersion, known]);
          expect(merging).toBe(FACTS.every(([, at]) => at !== asOfVersion) && asOfVersion !== 3);
        }
        await app.start();
        const ends = await app.store.describeShards();
        const positions = new Map(ends.flatMap(({ shard, last }) => (last === undefined ? [] : [[shard, last] as const])));
        await app.caughtUp('order-facts', positions, { timeoutMs: TIMEOUT_MS / 2 });
        const row = await app.readModel('order-facts').get('order_facts', { stream: `order-${id}` });
        expect(row?.['facts']).toEqual(FACTS.map(([fact]) => fact));
        expect(row?.['versions']).toEqual(FACTS.map(([, at]) => at));
        expect(await streamText(app, id)).toBe(before);
      } finally {
        await app.stop();
      }
    },
    TIMEOUT_MS,
  );
}

async function streamText(app: Eventspan, id: string): Promise<string> {
  const events = [];
  for await (const event of app.store.readStream(`order-${id}`)) events.push(event);
  return JSON.stringify(events);
}

describe('[memory] upcasting', () => {
  describeEveryPath('the memory store', async () => memory());
});

describe('[sqlite] upcasting', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'eventspan-evolution-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  describeEveryPath('SQLite', async () => sqlite(path.join(folder, `${randomUUID()}.db`)));
});

describeWithEmulator('spanner', 'upcasting', () => {
  describeEveryPath('Spanner', async () => {
    return spanner({
      project: 'test',
      instance: 'evolution',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
      migrate: 'auto',
    });
  });
});
