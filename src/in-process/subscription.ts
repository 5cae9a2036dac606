import { setMaxListeners } from 'node:events';
import type { Clock } from '../support/clock.js';
import type { Delivery, SubscribeOptions, TransportSubscription } from '../messaging/transport.js';
import type { ResolvedConsumer } from '../messaging/consumer-settings.js';
import type { ConsumerQueue, QueuedMessage, QueueMember } from './consumer-queue.js';

/** Where a subscriber gets its messages, how they come again, and where those go that it refuses too often. */
export interface SubscriberQueues {
  readonly settings: Pick<ResolvedConsumer, 'deadLetter' | 'retry'>;
  readonly queue: ConsumerQueue;
  /** Absent: a message is delivered until it is acknowledged. */
  readonly deadLetters?: ConsumerQueue;
}

/** One subscriber of one consumer. Gives out no more than its bounds, and gives back what is unsettled when it closes. */
export class InProcessSubscription implements TransportSubscription, QueueMember {
  /** In the order they were given out. */
  private readonly unsettled = new Set<QueuedMessage>();
  private readonly closing = new AbortController();
  private bytesOut = 0;

  private readonly queue: ConsumerQueue;

  constructor(
    private readonly queues: SubscriberQueues,
    private readonly options: SubscribeOptions,
    private readonly clock: Clock,
  ) {
    setMaxListeners(0, this.closing.signal); // each message that comes again later listens
    this.queue = queues.queue;
    this.queue.join(this);
  }

  status(): ReturnType<TransportSubscription['status']> {
    if (this.closing.signal.aborted) return { state: 'closed' };
    const { dropped } = this.queue;
    return dropped === 0 ? { state: 'open' } : { state: 'open', reason: `${dropped} messages beyond maxQueuedBytes were left to the log` };
  }

  close(): Promise<void> {
    if (this.closing.signal.aborted) return Promise.resolve();
    this.closing.abort(new Error('closed'));
    this.queue.leave(this);
    this.queue.takeBack([...this.unsettled], 'front');
    this.unsettled.clear();
    return Promise.resolve();
  }

  hasRoom(bytes: number): boolean {
    if (this.closing.signal.aborted) return false;
    const { maxMessages, maxBytes } = this.options;
    return this.unsettled.size === 0 || (this.unsettled.size < maxMessages && this.bytesOut + bytes <= maxBytes);
  }

  give(queued: QueuedMessage): void {
    // A fresh object each time: after a redelivery, an ack of the earlier delivery must not settle this one.
    const given = { ...queued, attempt: queued.attempt + 1 };
    this.unsettled.add(given);
    this.bytesOut += given.bytes;
    const delivery: Delivery = {
      ...given.message,
      messageId: given.id,
      publishedAt: new Date(given.publishedAt),
      attempt: queued.attempt,
      ack: () => void this.settle(given),
      nack: () => this.refuse(given),
    };
    this.options.onMessage(delivery);
  }

  private refuse(given: QueuedMessage): void {
    if (!this.settle(given)) return;
    const attempts = given.attempt - 1;
    if (this.isDead(given, attempts)) return this.queues.deadLetters?.takeBack([{ ...given, attempt: 1 }], 'back');
    const giveBack = (): void => this.queue.takeBack([given], 'back');
    void this.clock.sleep(this.delayMs(attempts), this.closing.signal).then(giveBack, giveBack);
  }

  /** While the dead letters have no room, a message goes on being delivered. */
  private isDead(given: QueuedMessage, attempts: number): boolean {
    const { deadLetters, settings } = this.queues;
    const { deadLetter } = settings;
    return deadLetter !== undefined && attempts >= deadLetter.maxAttempts && deadLetters !== undefined && deadLetters.hasRoomFor([given]);
  }

  private delayMs(attempts: number): number {
    const { retry } = this.queues.settings;
    return retry === undefined ? this.queue.options.redeliveryDelayMs : Math.min(retry.maxMs, retry.minMs * 2 ** (attempts - 1));
  }

  /** False when it was settled before. */
  private settle(given: QueuedMessage): boolean {
    if (!this.unsettled.delete(given)) return false;
    this.bytesOut -= given.bytes;
    this.queue.settle(given);
    return true;
  }
}
