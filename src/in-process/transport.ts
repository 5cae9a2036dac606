import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { resolveSubscriber } from '../messaging/consumer-settings.js';
import { checkBatch, messageRefused, refusalOf } from '../messaging/publish-limits.js';
import type { SubscribeOptions, Transport, TransportMessage, TransportSubscription } from '../messaging/transport.js';
import { throwIfAborted } from '../support/abort.js';
import type { Bus } from './bus.js';
import { InProcessSubscription, type SubscriberQueues } from './subscription.js';

/** One application's door to a {@link Bus}. */
export class InProcessTransport implements Transport {
  readonly name = 'in-process';
  private readonly subscriptions = new Set<TransportSubscription>();
  private closed = false;

  constructor(
    private readonly bus: Bus,
    private readonly environment: AdapterEnvironment,
  ) {
    bus.attach();
  }

  /** Takes all messages at once, or none where a queue is full, and waits for nobody, so that the deadline never matters. */
  // eslint-disable-next-line typescript/require-await -- async, so that every error is a rejection
  async publish(messages: readonly TransportMessage[], options: CallOptions = {}): Promise<void> {
    this.mustBeOpen('publish');
    throwIfAborted(options.signal);
    checkBatch(messages);
    if (messages.length === 0) return;
    this.environment.rpcs.sent({ service: 'in-process', method: 'Publish', caller: options.caller ?? 'other' });
    const refusals = messages.map(refusalOf);
    const bad = refusals.findIndex((reason) => reason !== undefined);
    this.bus.publish(bad < 0 ? messages : messages.slice(0, bad), this.environment.clock.now());
    if (bad >= 0) throw messageRefused(messages, bad, { text: refusals[bad] ?? '' });
  }

  // eslint-disable-next-line typescript/require-await -- async, so that every error is a rejection
  async subscribe(options: SubscribeOptions): Promise<TransportSubscription> {
    this.mustBeOpen('subscribe');
    const subscription = new InProcessSubscription(this.queuesOf(options), options, this.environment.clock);
    this.subscriptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const subscription of this.subscriptions) await subscription.close();
    this.bus.detach();
  }

  private queuesOf(options: SubscribeOptions): SubscriberQueues {
    const settings = resolveSubscriber(options);
    const { queue, deadLetters } = this.bus.consumer(settings);
    return options.from === 'dead-letters' ? { queue: deadLetters, settings } : { queue, deadLetters, settings };
  }

  private mustBeOpen(operation: string): void {
    if (this.closed) throw new EventspanError('TRANSPORT_CLOSED', { transport: this.name, operation });
  }
}
