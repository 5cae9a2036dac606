import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store.js';
import { shardOf } from '../../src/event-store/shard.js';
import { createReadModel } from '../../src/projections/read-model.js';
import { sqlite } from '../../src/sqlite/index.js';
import { createParkedStreams } from '../../src/subscriptions/parked-streams.js';
import { uuidV7 } from '../../src/support/uuid-v7.js';
import { Paid, registry } from '../projections/support/domain.js';
import { newSqliteFile, testEnvironment, type SqliteFile } from '../sqlite/sqlite-file.js';
import { CONSUMER, listed, seenIn, seenProjector } from './support/park-world.js';

interface Ended {
  readonly code: number;
  readonly out: string;
}

function run(file: string, options: object): Promise<Ended> {
  const script = join(__dirname, 'support/handling-process.cjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, file, JSON.stringify(options)], { timeout: 60_000 }, (error, out) => {
      resolve({ code: error === null ? 0 : Number(error.code), out });
    });
  });
}

/** Starts the process again each time it ends, as a supervisor does; answers how often it died. */
async function supervised(file: string, options: object): Promise<{ deaths: number; counts: Record<string, number> }> {
  for (let deaths = 0; deaths < 20; deaths++) {
    const { code, out } = await run(file, options);
    if (code === 0) return { deaths, counts: JSON.parse(out) as Record<string, number> };
    expect(code).toBe(77);
  }
  throw new Error('it died twenty times');
}

const nextId = uuidV7();

async function pay(store: EventStore, streamId: string, ...amounts: number[]): Promise<void> {
  const events = amounts.map((amount) => {
    const { type, data, schemaVersion } = registry.serialize(new Paid('a', amount));
    return {
      eventId: nextId(),
      type,
      data,
      metadata: JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion }),
    };
  });
  await store.append({ writes: [{ streamId, expectedVersion: 'any', events }] });
}

describe('[sqlite] a handler that ends the process', () => {
  let target: SqliteFile;
  let store: EventStore;
  beforeEach(async () => {
    target = await newSqliteFile();
    store = await sqlite(target.file, { shards: 2 }).open(testEnvironment());
  });
  afterEach(async () => {
    await store.close();
    await target.remove();
  });

  const seen = async (): Promise<Record<string, number[]>> =>
    seenIn(
      createReadModel(
        store.readModels,
        seenProjector(() => undefined),
      ),
    );

  it('is parked as killed after so many restarts, nothing of it or of others is lost, and a corrected one handles it', async () => {
    for (let at = 0; at < 10; at++) await pay(store, `s-${at % 5}`, at);
    await pay(store, 'bad', 100, 113, 101);
    for (let at = 10; at < 20; at++) await pay(store, `s-${at % 5}`, at);
    const { deaths, counts } = await supervised(target.file, { killsOn: [113] });
    // The first is not known to be one, the second and the third find it, the fourth is begun for the last time.
    expect(deaths).toBe(4);
    expect(counts).toMatchObject({ parked: 1 });
    const parked = createParkedStreams({ store });
    expect(await listed(parked)).toMatchObject([
      { streamId: 'bad', version: 2, reason: 'killed', code: 'HANDLER_KILLED', consumer: CONSUMER },
    ]);
    const others = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`s-${n}`, [n, n + 5, n + 10, n + 15]]));
    expect(await seen()).toEqual({ ...others, bad: [100] });

    await parked.redrive({ streamId: 'bad' });
    expect(await supervised(target.file, { killsOn: [], redriven: 2 })).toMatchObject({ deaths: 0 });
    expect(await seen()).toEqual({ ...others, bad: [100, 113, 101] });
    expect(await listed(parked)).toEqual([]);
  }, 60_000);

  it('is not confused with events that other shards had in hand when it ended the process', async () => {
    const other = Array.from({ length: 20 }, (_, n) => `good-${n}`).find((id) => shardOf(id, 2) !== shardOf('bad', 2)) as string;
    await pay(store, 'bad', 113);
    await pay(store, other, 1, 2, 3);
    // The good one takes longer than the bad one needs to end the process, so that it is never done in time.
    await supervised(target.file, { killsOn: [113], takesMs: { 113: 20, 1: 200 } });
    expect((await listed(createParkedStreams({ store }))).map(({ streamId, reason }) => [streamId, reason])).toEqual([['bad', 'killed']]);
    expect(await seen()).toEqual({ [other]: [1, 2, 3] });
  }, 60_000);

  it('is found also where the restarted process has the same name, and with another bound', async () => {
    await pay(store, 'bad', 113);
    await pay(store, 'good', 1);
    const { deaths } = await supervised(target.file, { killsOn: [113], owner: 'pod-0', maxStarts: 1 });
    expect(deaths).toBe(3);
    expect(await seen()).toEqual({ good: [1] });
    expect(await listed(createParkedStreams({ store }))).toMatchObject([{ reason: 'killed' }]);
  }, 60_000);

  it('in a re-drive is put back as killed, and the others go on', async () => {
    await pay(store, 'bad', 13, 113);
    await pay(store, 'good', 1);
    await supervised(target.file, { killsOn: [], failsOn: [13] });
    const parked = createParkedStreams({ store });
    expect(await listed(parked)).toMatchObject([{ streamId: 'bad', version: 1, reason: 'failed' }]);
    await parked.redrive({ all: true });
    await pay(store, 'good', 2);
    let deaths = 0;
    while ((await listed(parked))[0]?.reason !== 'killed') {
      expect((await run(target.file, { killsOn: [113], redriven: 2 })).code).toBe(77);
      if (++deaths > 10) throw new Error('it died too often');
      if (deaths >= 4) await supervised(target.file, { killsOn: [113], redriven: 0 });
    }
    expect(deaths).toBe(4);
    expect(await listed(parked)).toMatchObject([{ streamId: 'bad', version: 2, reason: 'killed' }]);
    expect((await listed(parked))[0]?.request).toBeUndefined();
    expect(await seen()).toEqual({ bad: [13], good: [1, 2] });
  }, 60_000);
});
