import { PubSub } from '@google-cloud/pubsub';
import type { AdapterEnvironment } from '../../../src/event-store/store-provider.js';
import type { Delivery, Transport, TransportMessage, TransportSubscription } from '../../../src/messaging/transport.js';
import { pubsub, type PubSubOptions } from '../../../src/pubsub/index.js';
import { systemClock } from '../../../src/support/clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';
import { uniqueName } from '../../support/emulators.js';
import { until } from '../../support/until.js';

export const PROJECT = 'eventspan-test';

/** A topic of the test's own on an emulator, with all that was opened for it. */
export class PubSubBench {
  readonly rpcs = new RpcCounter();
  readonly environment: AdapterEnvironment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: this.rpcs };
  readonly topic = uniqueName('events');
  /** The client library itself, to prepare and look at resources. */
  readonly client: PubSub;
  private readonly opened: Transport[] = [];
  private count = 0;

  constructor(readonly emulatorHost: string) {
    this.client = new PubSub({ projectId: PROJECT, apiEndpoint: emulatorHost, emulatorMode: true, universeDomain: 'googleapis.com' });
  }

  get topicName(): string {
    return `projects/${PROJECT}/topics/${this.topic}`;
  }

  subscriptionName(consumer: string): string {
    return `projects/${PROJECT}/subscriptions/${this.topic}.${consumer}`;
  }

  provider(options: Partial<PubSubOptions> = {}): ReturnType<typeof pubsub> {
    return pubsub({ project: PROJECT, topic: this.topic, emulatorHost: this.emulatorHost, ...options });
  }

  async open(options: Partial<PubSubOptions> = {}): Promise<Transport> {
    const transport = await this.provider(options).open(this.environment);
    this.opened.push(transport);
    return transport;
  }

  async listen(transport: Transport, consumer = 'view'): Promise<Listener> {
    const listener = new Listener();
    const onMessage = (delivery: Delivery): void => listener.take(delivery);
    listener.subscription = await transport.subscribe({ consumer, maxMessages: 100, maxBytes: 10_000_000, onMessage });
    return listener;
  }

  message(orderingKey = 's0'): TransportMessage {
    const id = `event-${++this.count}`;
    return { orderingKey, data: `{"id":"${id}"}`, attributes: { 'ce-id': id } };
  }

  messages(count: number, orderingKey = 's0'): readonly TransportMessage[] {
    return Array.from({ length: count }, () => this.message(orderingKey));
  }

  async close(): Promise<void> {
    for (const transport of this.opened) await transport.close();
    await this.client.close();
  }
}

/** Acknowledges and remembers. */
export class Listener {
  readonly ids: string[] = [];
  subscription: TransportSubscription | undefined;

  take(delivery: Delivery): void {
    this.ids.push(delivery.attributes['ce-id'] ?? '');
    delivery.ack();
  }

  get state(): string | undefined {
    return this.subscription?.status().state;
  }

  async receives({ attributes }: TransportMessage): Promise<void> {
    const id = attributes['ce-id'] ?? '';
    await until(() => this.ids.includes(id), `${id} arrived`, 20_000);
  }
}
