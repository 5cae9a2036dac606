import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreProvider } from '../../src/event-store/store-provider.js';
import { memory } from '../../src/memory/index.js';
import { defineProcessManager } from '../../src/processes/define-process-manager.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { systemClock } from '../../src/support/clock.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { Checkout, OrderPlaced, OVERDUE_MS, Paid, ReserveStock, Shipped, StockReserved } from './support/checkout.js';
import { ProcessWorld } from './support/world.js';

const folder = mkdtempSync(join(tmpdir(), 'processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Counts what it hears; its messages come from streams of all shards at once. */
const tally = defineProcessManager({
  name: 'tally',
  initialState: () => ({ heard: 0 }),
  correlate: (message: { orderId: string }) => message.orderId,
  startsOn: (on) => [on(OrderPlaced, () => undefined)],
  on: (on) => [
    on(Paid, ({ orderId }, { state, send }) => {
      send(new ReserveStock(`${orderId}-${state.heard + 1}`));
      return { heard: state.heard + 1 };
    }),
  ],
});

/** Several shards are at work on one process: every message counts once, in the order of the transitions. */
async function contention(provider: StoreProvider, messages: number): Promise<void> {
  const world = await ProcessWorld.open({ provider, clock: systemClock });
  await world.start(tally, { concurrency: 4, batchSize: 5, leaseMs: 2_000 });
  await world.append('order-1', new OrderPlaced('1', 1));
  await world.until(async () => (await world.status('1', 'tally')) !== undefined, 'it has begun');
  await Promise.all(Array.from({ length: messages }, (_, at) => world.append(`payment-${at}`, new Paid('1'))));
  const heard = async (): Promise<unknown> => (await world.processes.show('tally', '1'))?.record.state;
  await world.until(async () => JSON.stringify(await heard()) === `{"value":{"heard":${messages}}}`, 'all are heard');
  const sent = (await world.sent()).map(({ data }) => (data as ReserveStock).orderId).toSorted();
  expect(sent).toEqual(Array.from({ length: messages }, (_, at) => `1-${at + 1}`).toSorted());
  expect(await world.transitions('tally-1')).toHaveLength(messages + 1);
  await world.close();
}

/** A process that fails late, and one that goes well. */
async function story(provider: StoreProvider): Promise<void> {
  const world = await ProcessWorld.open({ provider, clock: systemClock });
  await world.start(Checkout);
  for (const id of ['1', '2']) {
    await world.append(`order-${id}`, new OrderPlaced(id, 70));
    await world.settle('reserve-stock');
  }
  await world.idle();
  for (const id of ['1', '2']) await world.append(`stock-${id}`, new StockReserved(id));
  await world.until(async () => (await world.sent('take-payment')).length === 2, 'payments are asked for');
  expect(await world.timers()).toBe(2);
  for (let each = 0; each < 2; each++) await world.settle('take-payment');
  await world.idle();
  for (const id of ['1', '2']) await world.append(`payment-${id}`, new Paid(id));
  await world.until(async () => (await world.sent('ship')).length === 2, 'both are to be shipped');
  expect(await world.timers()).toBe(0);
  const [first] = await world.sent('ship');
  const failed = (first!.data as { orderId: string }).orderId;
  const shipped = failed === '1' ? '2' : '1';
  await world.settle('ship', 'lost');
  await world.append(`parcel-${shipped}`, new Shipped(shipped));
  await world.settle('refund');
  await world.settle('release-stock');
  await world.untilStatus(failed, 'compensated');
  await world.untilStatus(shipped, 'completed');
  const listed: unknown[] = [];
  for await (const { processId, status } of world.processes.list({ process: 'checkout' })) listed.push([processId, status]);
  expect(listed).toEqual([
    ['1', failed === '1' ? 'compensated' : 'completed'],
    ['2', failed === '1' ? 'completed' : 'compensated'],
  ]);
  expect(OVERDUE_MS).toBeGreaterThan(0);
  await world.close();
}

describe.each<[string, (name: string) => StoreProvider]>([
  ['memory', () => memory({ shards: 4 })],
  ['sqlite', (name) => sqlite(join(folder, `${name}.db`), { shards: 4 })],
])('[%s] processes', (_, provider) => {
  it('of several messages at once hear each once', () => contention(provider('contention'), 60));
  it('go to their ends, rows, timers and events together', () => story(provider('story')));
});

describeWithEmulator('spanner', 'processes', () => {
  const provider = async (): Promise<StoreProvider> =>
    spanner({ project: 'test', instance: 'eventspan', database: uniqueName('db'), shards: 4, emulatorHost: await emulatorHost('spanner') });
  it('of several messages at once hear each once', async () => contention(await provider(), 20));
  it('go to their ends, rows, timers and events together', async () => story(await provider()));

  it('cost 1 Read and 1 Commit a batch', async () => {
    const world = await ProcessWorld.open({ provider: await provider(), clock: systemClock });
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.append('order-1', new Paid('7'));
    const engine = await world.start(Checkout, { tailCheckMs: 300, leaseMs: 60_000 });
    await world.until(async () => (await world.status('1')) !== undefined, 'it has begun');
    await world.until(() => engine.status().counts.events === 2, 'the batch is done');
    const of = (method: string): number => world.rpcs.toJSON()['process']?.[method] ?? 0;
    const before = { reads: of('Read') + of('StreamingRead'), commits: of('Commit') };
    await world.append('order-1', new OrderPlaced('2', 70));
    await world.until(async () => (await world.status('2')) !== undefined, 'the next one has begun');
    const reads = of('Read') + of('StreamingRead') - before.reads;
    const commits = of('Commit') - before.commits;
    await world.close();
    expect(commits).toBe(1);
    // That of the log's tail, and another one where time has passed.
    expect([2, 3]).toContain(reads);
  });
});
