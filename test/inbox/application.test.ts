import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Command,
  commandHandler,
  Consumer,
  defineTopicConsumer,
  ensureTransports,
  Eventspan,
  inProcess,
  memory,
  On,
  onMessage,
  readModelTable,
  type EventspanOptions,
  type StoreProvider,
  type TopicMessageContext,
  type TransportMessage,
  type TransportProvider,
} from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { systemEnvironment } from '../../src/application/environment.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { PaymentReceived, paymentMessage } from './support/harness.js';

const folder = mkdtempSync(join(tmpdir(), 'inbox-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const balances = readModelTable('balances', { key: ['order_id'], columns: { order_id: 'string', total: 'integer', payments: 'integer' } });
const billing = defineTopicConsumer({
  name: 'billing',
  topic: 'bank',
  tables: [balances],
  on: [
    onMessage(PaymentReceived, async ({ orderId, amount }, { view }) => {
      const row = await view.get('balances', { order_id: orderId });
      const [total, payments] = [Number(row?.['total'] ?? 0), Number(row?.['payments'] ?? 0)];
      view.upsert('balances', { order_id: orderId, total: total + amount, payments: payments + 1 });
    }),
  ],
});

async function publish(provider: TransportProvider, messages: readonly TransportMessage[]): Promise<void> {
  const transport = await provider.open(systemEnvironment());
  for (const message of messages) await transport.publish([message]);
  await transport.close();
}

describe('a consumer that leaves dead letters to the broker', () => {
  it("gives back what it cannot handle, which ends in the subscription's dead letters and in none of the store", async () => {
    const bank = inProcess({ whenFull: 'refuse', redeliveryDelayMs: 1 });
    const on = [
      onMessage(PaymentReceived, ({ orderId }) => {
        if (orderId === 'bad') throw Object.assign(new Error('never'), { retryable: false });
      }),
    ];
    const natively = defineTopicConsumer({ name: 'billing', topic: 'bank', ordered: 'none', nativeDeadLetter: { maxAttempts: 5 }, on });
    const options: EventspanOptions = { store: memory(), topics: { bank }, consumers: [natively], roles: ['consumers'] };
    await ensureTransports(options);
    await using app = await Eventspan.open(options);
    await app.start();
    await publish(bank, [paymentMessage('bad', 1, { id: 'b' }), paymentMessage('good', 1, { id: 'g' })]);
    const transport = await bank.open(systemEnvironment());
    const dead: (string | undefined)[] = [];
    await transport.subscribe({
      consumer: 'consumer.billing',
      ordered: false,
      deadLetter: { maxAttempts: 5 },
      from: 'dead-letters',
      maxMessages: 10,
      maxBytes: 1_000_000,
      onMessage: (delivery) => {
        dead.push(delivery.attributes['ce-id']);
        delivery.ack();
      },
    });
    await until(() => dead.length === 1, 'the broker has given it up', 30_000);
    expect(dead).toEqual(['b']);
    for await (const letter of app.deadLetters.list()) throw new Error(`${letter.messageId} is a dead letter of the store`);
    expect(app.status().engines['consumer.billing']).toMatchObject({ handled: 1, died: 0 });
    await transport.close();
  });
});

/** Two processes share a topic; messages are doubled, and one process ends in the middle. */
async function story(store: StoreProvider, bank: TransportProvider, orders: number): Promise<void> {
  const options: EventspanOptions = { store, topics: { bank }, consumers: [billing], roles: ['consumers'] };
  await store.migrate(systemEnvironment());
  await ensureTransports(options);
  const [first, second] = [await Eventspan.open(options), await Eventspan.open(options)];
  await first.start();
  await second.start();
  const messages = Array.from({ length: orders * 4 }, (_, at) => paymentMessage(`o-${at % orders}`, 1, { id: `p-${at}` }));
  await publish(bank, [...messages.slice(0, orders * 2), ...messages.slice(0, orders)]);
  await first.stop();
  await publish(bank, [...messages.slice(orders * 2), ...messages.slice(0, orders)]);
  const total = async (): Promise<number> => {
    let sum = 0;
    for await (const row of second.store.readModels.scan(balances)) sum += Number(row['total']);
    return sum;
  };
  await until(async () => (await total()) >= orders * 4, 'all payments are in', 30_000);
  await until(() => (second.status().engines['consumer.billing'] as { inHand: number }).inHand === 0, 'nothing is in hand', 30_000);
  for await (const row of second.store.readModels.scan(balances)) expect(row).toMatchObject({ total: 4, payments: 4 });
  expect(second.status().engines['consumer.billing']).toMatchObject({ state: 'running', died: 0, faults: expect.any(Number) });
  await second.stop();
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory()],
  ['sqlite', () => sqlite(join(folder, 'app.db'))],
])('[%s] an application with a consumer of a topic', (_, store) => {
  it('reflects each message once, whoever gets it and however often', () => story(store(), inProcess({ whenFull: 'refuse' }), 20));
});

describeWithEmulator(['spanner', 'pubsub'], 'an application with a consumer of a topic', () => {
  it('reflects each message once, whoever gets it and however often', async () => {
    const [spannerHost, pubsubHost] = [await emulatorHost('spanner'), await emulatorHost('pubsub')];
    const store = spanner({ project: 'p', instance: 'inbox', database: uniqueName('app'), emulatorHost: spannerHost });
    await story(store, pubsub({ project: 'p', topic: uniqueName('bank'), emulatorHost: pubsubHost }), 20);
  });
});

it('is also a class, whose handlers execute and send commands of what the message belongs to', async () => {
  @Command('order.close', { aggregateId: ({ id }: CloseOrder) => id })
  class CloseOrder {
    constructor(readonly id: string) {}
  }
  const closed: unknown[] = [];
  const closing = commandHandler(CloseOrder, ({ id }) => void closed.push(id));

  @Consumer('closing', { topic: 'bank', tables: [balances], concurrency: 2, unknownEvents: 'pass' })
  class Closing {
    @On(PaymentReceived)
    received({ orderId, amount }: PaymentReceived, context: TopicMessageContext): void {
      context.view.upsert('balances', { order_id: orderId, total: amount, payments: 1 });
      context.send(new CloseOrder(orderId));
    }
  }
  const bank = inProcess({ whenFull: 'refuse' });
  const options: EventspanOptions = {
    store: memory(),
    transport: inProcess(),
    topics: { bank },
    consumers: [Closing],
    commandHandlers: [closing],
  };
  await ensureTransports(options);
  const app = await Eventspan.open(options);
  await app.start();
  const once = paymentMessage('o-1', 5, { id: 'a' });
  await publish(bank, [once, once]);
  await until(() => closed.length === 1, 'the command is executed');
  await publish(bank, [once]);
  await until(() => (app.status().engines['consumer.closing'] as { repeats: number }).repeats >= 1, 'the repeat is found');
  expect(closed).toEqual(['o-1']);
  const [row] = await app.store.readModels.get(balances, [{ order_id: 'o-1' }]);
  expect(row).toMatchObject({ total: 5 });
  await app.stop();
});

it('refuses what does not fit together', async () => {
  const options = { store: memory(), consumers: [billing], roles: ['consumers'] as const };
  await expect(Eventspan.open(options)).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  const topics = { bank: inProcess() };
  await expect(Eventspan.open({ ...options, topics, consumers: [billing, billing] })).rejects.toMatchObject({
    code: 'CONSUMER_NAME_TAKEN',
  });
  await expect(Eventspan.open({ ...options, topics, limits: { concurrency: 0 } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  const app = await Eventspan.open({ ...options, topics });
  await expect(app.receive('nobody', paymentMessage('o', 1))).rejects.toMatchObject({ code: 'CONSUMER_UNKNOWN' });
  await expect(app.receive('billing', paymentMessage('o', 1))).rejects.toMatchObject({ code: 'CONSUMER_NOT_RUNNING' });
  await app.stop();
});
