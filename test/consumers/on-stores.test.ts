import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Consumer,
  ensureTransports,
  Eventspan,
  inProcess,
  memory,
  On,
  readModelTable,
  systemEnvironment,
  type ConsumerContext,
  type EventspanOptions,
  type StoreProvider,
  type TransportProvider,
} from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { startAtEnd } from '../../src/consumers/start-at-end.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { wholeLog } from './support/app-world.js';
import { Reserve, Reserved, stock } from './support/shop.js';

const folder = mkdtempSync(join(tmpdir(), 'consumers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Keeps a row of all pens, in which shards meet, and reserves ink for each. */
@Consumer('reorder', {
  tables: [readModelTable('reorders', { key: ['id'], columns: { id: 'string', n: 'integer' } })],
  retry: { attempts: 100, totalMs: 600_000 },
})
class Reorder {
  @On(Reserved)
  async reserved(_event: Reserved, { view, send, streamId }: ConsumerContext): Promise<void> {
    if (!streamId.startsWith('stock-pen')) return;
    const row = await view.get('reorders', { id: 'all' });
    view.upsert('reorders', { id: 'all', n: Number(row?.['n'] ?? 0) + 1 });
    send(new Reserve('ink', 1));
  }
}

/** Two processes with a consumer that sends and a dispatcher each; one of them begins, and the first ends, while events are written. */
async function story(store: StoreProvider, transport: TransportProvider, pens: number): Promise<void> {
  const environment = systemEnvironment();
  await store.migrate(environment);
  const options: EventspanOptions = { store, transport, aggregates: [stock], consumers: [Reorder], name: 'shop' };
  await ensureTransports(options, environment);
  const front = await Eventspan.open({ ...options, roles: ['commands', 'relay'] });
  await front.start();
  const first = await Eventspan.open({ ...options, roles: ['commands', 'consumers'] });
  await first.start();
  let second: Eventspan | undefined;
  for (let at = 0; at < pens; at++) {
    await front.execute(new Reserve(`pen${at % 20}`, 1));
    if (at === Math.floor(pens / 3)) {
      second = await Eventspan.open({ ...options, roles: ['commands', 'consumers'] });
      await second.start();
    }
    if (at === Math.floor((2 * pens) / 3)) await first.stop();
  }
  const ink = async (): Promise<number> => (await front.repository.load(stock, 'ink')).version;
  await until(async () => (await ink()) === pens, 'all is reordered', 50_000);
  const executed = async (): Promise<number> => (await wholeLog(front)).filter(({ type }) => type === 'eventspan.command-executed').length;
  await until(async () => (await executed()) === pens, 'all outcomes are noted', 20_000);
  expect(await front.consumerRows('reorder').get('reorders', { id: 'all' })).toEqual({ id: 'all', n: pens });
  expect(await ink()).toBe(pens);
  for (const app of [second, front]) await app?.stop();
}

/** Two processes that start for the first time at once, between two events. */
async function beginsAtTheEnd(provider: StoreProvider): Promise<void> {
  const environment = systemEnvironment();
  await provider.migrate(environment);
  const app = await Eventspan.open({ store: provider, aggregates: [stock], roles: ['commands'] });
  const { store } = app;
  await app.execute(new Reserve('pen', 1));
  const consumer = uniqueName('consumer');
  await Promise.all(['a', 'b'].map((owner) => startAtEnd({ store, consumer, owner, caller: 'test' })));
  await app.execute(new Reserve('pen', 2));
  await startAtEnd({ store, consumer, owner: 'c', caller: 'test' });
  const { cursors } = await store.cursors.read(consumer);
  expect(cursors).toHaveLength(store.shardCount);
  const ranges = cursors.map(({ shard, position }) => ({ shard, ...(position !== undefined && { after: position }) }));
  const after = (await store.readShards(ranges, { limit: 100 })).map(({ data }) => data);
  expect(after).toEqual(['{"amount":2}']);
  await app.stop();
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory()],
  ['sqlite', () => sqlite(join(folder, 'log.db'))],
])('[%s] with a real relay and real time', (_, provider) => {
  it('a consumer that sends, with two processes, has every effect once', () => story(provider(), inProcess(), 90));

  it('cursors are put at the end once', () => beginsAtTheEnd(provider()));
});

describeWithEmulator('spanner', 'a consumer that begins at the end', () => {
  it('cursors are put at the end once', async () =>
    beginsAtTheEnd(
      spanner({ project: 'test', instance: 'eventspan', database: uniqueName('db'), emulatorHost: await emulatorHost('spanner') }),
    ));
});

describeWithEmulator(['spanner', 'pubsub'], 'with a real relay, over the emulators', () => {
  it('a consumer that sends, with two processes, has every effect once', async () => {
    const store = spanner({
      project: 'test',
      instance: 'eventspan',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
    });
    const transport = pubsub({ project: 'eventspan-test', topic: uniqueName('events'), emulatorHost: await emulatorHost('pubsub') });
    await story(store, transport, 45);
  });
});
