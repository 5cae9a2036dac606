import type { EventStore } from '../../../src/event-store/event-store.js';
import type { AdapterEnvironment, StoreProvider } from '../../../src/event-store/store-provider.js';
import { Event } from '../../../src/messages/event.decorator.js';
import { createEventRegistry } from '../../../src/messages/create-event-registry.js';
import type { Outgoing } from '../../../src/messaging/outgoing.js';
import type { Transport, TransportMessage, TransportProvider } from '../../../src/messaging/transport.js';
import { createDeadLetters, type DeadLetters } from '../../../src/inbox/dead-letters/dead-letters.js';
import { defineTopicConsumer, onMessage, type TopicConsumerSpec } from '../../../src/inbox/define-topic-consumer.js';
import { TopicConsumerEngine } from '../../../src/inbox/topic-consumer-engine.js';
import { inProcess } from '../../../src/in-process/index.js';
import { memory } from '../../../src/memory/index.js';
import { readModelTable } from '../../../src/projections/read-model-table.js';
import { Slots } from '../../../src/subscriptions/slots.js';
import type { Clock } from '../../../src/support/clock.js';
import { systemClock } from '../../../src/support/clock.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';

@Event('payment.received')
export class PaymentReceived {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Event('payment.refunded')
export class PaymentRefunded {
  constructor(readonly orderId: string) {}
}

export const registry = createEventRegistry([PaymentReceived, PaymentRefunded]);
export const payments = readModelTable('payments', {
  key: ['order_id'],
  columns: { order_id: 'string', total: 'integer', count: 'integer', trail: 'string' },
});

const unused = (): never => {
  throw new Error('nothing is sent in this test');
};
const silent: Outgoing = { command: unused, timer: unused, cancelTimer: unused, task: unused };

/** Adds the payment to its order's row, with the order in which payments came. */
export const addPayment = onMessage(PaymentReceived, async ({ orderId, amount }, { view, messageId }) => {
  const row = await view.get('payments', { order_id: orderId });
  view.upsert('payments', {
    order_id: orderId,
    total: Number(row?.['total'] ?? 0) + amount,
    count: Number(row?.['count'] ?? 0) + 1,
    trail: row === undefined ? messageId : `${row['trail'] as string} ${messageId}`,
  });
});

let ids = 0;

/** A CloudEvent in binary mode, as a foreign system would publish it. */
export function paymentMessage(
  orderId: string,
  amount: number,
  more: { id?: string; type?: string; data?: string } = {},
): TransportMessage {
  const { id = `m-${++ids}`, type = 'payment.received', data = JSON.stringify({ orderId, amount }) } = more;
  return {
    orderingKey: orderId,
    data,
    attributes: { 'ce-id': id, 'ce-source': '/bank', 'ce-type': type, 'ce-specversion': '1.0', 'ce-subject': orderId },
  };
}

export interface HarnessOptions extends Partial<Omit<TopicConsumerSpec, 'name' | 'topic'>> {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly stores?: StoreProvider;
  readonly transports?: TransportProvider;
  readonly outgoing?: Outgoing;
  readonly owner?: string;
  readonly wrapStore?: (store: EventStore) => EventStore;
  readonly name?: string;
}

/** One consumer with its store and its topic. */
export class Harness {
  readonly letters: DeadLetters;

  private constructor(
    readonly store: EventStore,
    readonly transport: Transport,
    readonly engine: TopicConsumerEngine,
    readonly clock: Clock,
  ) {
    this.letters = createDeadLetters({ store, clock, notify: () => engine.lookForRequests() });
  }

  static async make(options: HarnessOptions = {}): Promise<Harness> {
    const { clock = systemClock, logger = silentLogger, stores = memory(), transports = inProcess({ whenFull: 'refuse' }) } = options;
    const { outgoing = silent, owner = 'me', name = 'billing', wrapStore = (store) => store } = options;
    const {
      clock: _,
      logger: __,
      stores: ___,
      transports: ____,
      outgoing: _____,
      owner: ______,
      wrapStore: _______,
      ...settings
    } = options;
    const environment: AdapterEnvironment = { clock, random: () => 0.5, logger, rpcs: new RpcCounter() };
    await stores.migrate(environment);
    const store = wrapStore(await stores.open(environment));
    const transport = await transports.open(environment);
    const consumer = defineTopicConsumer({ topic: 'bank', tables: [payments], on: [addPayment], ...settings, name });
    const engine = new TopicConsumerEngine({
      consumer,
      registry,
      store,
      transport,
      outgoing,
      onAppended: () => undefined,
      slots: new Slots(64),
      share: { maxMessages: 100_000, maxBytes: 2 ** 30 },
      owner,
      ...environment,
    });
    const { ordered = 'stream' } = settings;
    await transports.ensure(environment, [{ consumer: engine.name, ordered: ordered === 'stream' }]);
    return new Harness(store, transport, engine, clock);
  }

  async publish(...messages: readonly TransportMessage[]): Promise<void> {
    for (const message of messages) await this.transport.publish([message]);
  }

  async row(orderId: string): Promise<unknown> {
    const [row] = await this.store.readModels.get(payments, [{ order_id: orderId }]);
    return row;
  }

  async allLetters(): Promise<string[]> {
    const found: string[] = [];
    for await (const { messageId, reason } of this.letters.list()) found.push(`${messageId} ${reason}`);
    return found;
  }

  async close(): Promise<void> {
    await this.engine.stop({ deadlineMs: 5_000 });
    await this.transport.close();
    await this.store.close();
  }
}
