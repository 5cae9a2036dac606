import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  Eventspan,
  Handle,
  decodeMessage,
  ensureTransports,
  inProcess,
  memory,
  systemEnvironment,
  type Delivery,
  type EventspanOptions,
  type IncomingMessage,
  type StoreProvider,
  type TransportProvider,
} from 'eventspan';
import { pubsub } from '../../src/pubsub/index.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { OrderPaid, OrderPlaced, ordersPublic } from './support/orders.js';

const folder = mkdtempSync(join(tmpdir(), 'publications-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

@Command('order.place', { aggregateId: ({ id }: PlaceOrder) => id })
class PlaceOrder {
  constructor(
    readonly id: string,
    readonly cents: number,
  ) {}
}

@Command('order.pay', { aggregateId: ({ id }: PayOrder) => id })
class PayOrder {
  constructor(readonly id: string) {}
}

@Aggregate('order')
class Order extends AggregateRoot {
  private cents = 0;

  @Handle(PlaceOrder, { stream: 'new' })
  place({ cents }: PlaceOrder): void {
    this.record(new OrderPlaced('ann', cents, 'inner'));
  }

  @Handle(PayOrder)
  pay(_command: PayOrder): void {
    this.record(new OrderPaid(this.cents));
  }

  @Apply(OrderPaid)
  protected onPaid(): void {
    this.cents = 0;
  }

  @Apply(OrderPlaced)
  protected onPlaced({ cents }: OrderPlaced): void {
    this.cents = cents;
  }
}

/** Two processes publish what commands record; another system reads the topic. One of the two ends in the middle. */
async function story(store: StoreProvider, transport: TransportProvider, topic: TransportProvider): Promise<void> {
  await store.migrate(systemEnvironment());
  const shop: EventspanOptions = {
    name: 'shop',
    store,
    transport,
    topics: { orders: topic },
    aggregates: [Order],
    publications: [ordersPublic],
    publishing: { leaseMs: 2_000, tailCheckMs: 100 },
  };
  await ensureTransports(shop);
  await topic.ensure(systemEnvironment(), ['billing']);
  const apps = [await Eventspan.open(shop), await Eventspan.open(shop)] as const;
  for (const app of apps) await app.start();
  const correlations = new Map<string, string>();
  const work = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at++) {
      await apps[1].execute(new PlaceOrder(`${at}`, at + 1), { metadata: { correlationId: `request-${at}` } });
      await apps[1].execute(new PayOrder(`${at}`), { metadata: { correlationId: `request-${at}` } });
      correlations.set(`order-${at}`, `request-${at}`);
    }
  };
  await work(0, 15);
  await apps[0].stop();
  await work(15, 30);

  const reader = await topic.open(systemEnvironment());
  const read: IncomingMessage[] = [];
  const onMessage = (delivery: Delivery): void => {
    read.push(decodeMessage(delivery));
    delivery.ack();
  };
  await reader.subscribe({ consumer: 'billing', maxMessages: 1_000, maxBytes: 10_000_000, onMessage });
  const firsts = (): readonly IncomingMessage[] => [...new Map(read.toReversed().map((message) => [message.id, message])).values()];
  await until(() => firsts().length === 60, 'all messages arrived', 25_000);
  for (const [subject, correlationId] of correlations) {
    const ofStream = read.filter((message) => message.subject === subject);
    const order = [...new Set(ofStream.map(({ streamVersion }) => streamVersion))];
    expect(order).toEqual([1, 2]);
    expect(ofStream[0]).toMatchObject({ source: 'shop', type: 'shop.order-placed', schemaVersion: 3, metadata: { correlationId } });
    expect(JSON.parse(ofStream[0]?.data ?? '')).toEqual({ order: subject, total: (Number(subject.slice(6)) + 1) / 100 });
  }
  await reader.close();
  await apps[1].stop();
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory({ shards: 4 })],
  ['sqlite', () => sqlite(join(folder, 'log.db'))],
])('[%s] publications with a real relay and real time', (_, store) => {
  it('tell another system every event once or more, in the order of each stream, with a process that ends', () =>
    story(store(), inProcess(), inProcess({ whenFull: 'refuse' })));
});

describeWithEmulator(['spanner', 'pubsub'], 'publications over the emulators', () => {
  it('tell another system every event once or more, in the order of each stream, with a process that ends', async () => {
    const database = { project: 'test', instance: 'eventspan', database: uniqueName('db'), emulatorHost: await emulatorHost('spanner') };
    const topic = (name: string, host: string) => pubsub({ project: 'eventspan-test', topic: uniqueName(name), emulatorHost: host });
    const host = await emulatorHost('pubsub');
    await story(spanner({ ...database, shards: 4 }), topic('events', host), topic('orders', host));
  });
});

describeWithEmulator('pubsub', 'what an application needs of Pub/Sub', () => {
  it('is made by ensureTransports, and the second time nothing is done', async () => {
    const host = await emulatorHost('pubsub');
    const [log, orders] = [uniqueName('events'), uniqueName('orders')];
    const options: EventspanOptions = {
      store: memory(),
      transport: pubsub({ project: 'eventspan-test', topic: log, emulatorHost: host }),
      topics: { orders: pubsub({ project: 'eventspan-test', topic: orders, emulatorHost: host }) },
      publications: [ordersPublic],
    };
    expect(await ensureTransports(options)).toEqual([
      `created projects/eventspan-test/topics/${log}`,
      `created projects/eventspan-test/subscriptions/${log}.publish.orders-public`,
      `created projects/eventspan-test/topics/${orders}`,
    ]);
    expect(await ensureTransports(options)).toEqual([]);
  });
});
