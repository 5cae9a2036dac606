import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventspanError,
  memory,
  seededRandom,
  systemEnvironment,
  verifySnapshots,
  type EventStore,
  type StoreProvider,
  type VerifySnapshotsProgress,
} from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { withMethods } from '../command-handling/homes.js';
import { spannerProvider } from '../spanner/spanner-under-test.js';
import { describeWithEmulator } from '../support/emulators.js';
import { oneOfEverything, streamWith } from './support/broken.js';
import { snapshotText } from './support/order-snapshot.js';
import { Order, OrderClosed, registry, stored, tally } from './support/orders.js';

const folder = mkdtempSync(join(tmpdir(), 'verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const aggregates = [Order, tally];
const common = { aggregates, events: registry };

async function open(provider: StoreProvider): Promise<EventStore> {
  await provider.migrate(systemEnvironment());
  return provider.open(systemEnvironment());
}

function suite(provider: () => StoreProvider | Promise<StoreProvider>): void {
  it('finds the stream whose snapshot gives another state, and counts those that are passed over', async () => {
    const store = await open(await provider());
    try {
      await oneOfEverything(store);
      expect(await verifySnapshots({ store, ...common })).toEqual({
        checked: 5,
        withSnapshot: 4,
        differences: 1,
        failures: 0,
        unusable: { corrupt: 1, 'other-revision': 1 },
        different: [{ streamId: 'order-wrong', version: 5, path: '$.total', expected: '5', found: '50' }],
        failed: [],
      });
    } finally {
      await store.close();
    }
  });
}

describe('[memory] verifying snapshots', () => suite(() => memory()));
describe('[sqlite] verifying snapshots', () => suite(() => sqlite(join(folder, 'verify.db'))));
describeWithEmulator('spanner', 'verifying snapshots', () => suite(() => spannerProvider()));

describe('[memory] verifying many snapshots', () => {
  let store: EventStore;
  beforeEach(async () => {
    store = await open(memory());
    for (let at = 0; at < 1_050; at++) await streamWith(store, String(at), snapshotText(5));
  });

  it('goes through all pages, several streams at a time', async () => {
    let inHand = 0;
    let most = 0;
    const watched = withMethods(store, {
      load: async (streamId, options) => {
        most = Math.max(most, ++inHand);
        await new Promise(setImmediate);
        inHand--;
        return store.load(streamId, options);
      },
    });
    const progress: VerifySnapshotsProgress[] = [];
    const onProgress = (each: VerifySnapshotsProgress): void => void progress.push(each);
    const report = await verifySnapshots({ store: watched, ...common, concurrency: 5, onProgress });
    expect(report).toMatchObject({ checked: 1_050, withSnapshot: 1_050, differences: 0 });
    expect(most).toBe(5);
    expect(progress.map(({ checked }) => checked).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_050 }, (_, at) => at + 1));
  });

  it('draws a sample, another with other luck', async () => {
    const drawn = async (seed: number): Promise<ReadonlySet<string>> => {
      const ids = new Set<string>();
      const watched = withMethods(store, {
        load: (streamId, options) => {
          ids.add(streamId);
          return store.load(streamId, options);
        },
      });
      const report = await verifySnapshots({ store: watched, ...common, sample: 20, random: seededRandom(seed) });
      expect(report).toMatchObject({ checked: 20, withSnapshot: 20 });
      return ids;
    };
    const [one, other] = [await drawn(1), await drawn(2)];
    expect([one.size, other.size]).toEqual([20, 20]);
    expect(one).not.toEqual(other);
  });

  it('tells of a stream that no longer loads, and goes on', async () => {
    const unknown = {
      eventId: crypto.randomUUID(),
      type: 'order.unheard',
      data: '{}',
      metadata: stored(new OrderClosed())[0]?.metadata ?? '',
    };
    await store.append({ writes: [{ streamId: 'order-7', expectedVersion: 5, events: [unknown] }] });
    expect(await verifySnapshots({ store, ...common })).toMatchObject({
      checked: 1_050,
      failures: 1,
      failed: [{ streamId: 'order-7', code: 'EVENT_TYPE_UNKNOWN' }],
    });
  });

  it('fails with an outage of the store', async () => {
    const down = withMethods(store, {
      load: async () => {
        throw new EventspanError('STORE_UNAVAILABLE', { operation: 'the load', reason: 'it is down' });
      },
    });
    await expect(verifySnapshots({ store: down, ...common })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const onProgress = ({ checked }: VerifySnapshotsProgress): void => {
      if (checked === 10) stop.abort(new Error('enough'));
    };
    await expect(verifySnapshots({ store, ...common, onProgress, signal: stop.signal })).rejects.toThrow('enough');
  });

  it.each([
    ['concurrency', { concurrency: 0 }],
    ['sample', { sample: 0 }],
  ])('refuses a %s out of bounds', async (_, options) => {
    await expect(verifySnapshots({ store, ...common, ...options })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
