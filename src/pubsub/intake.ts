import type { Delivery, SubscribeOptions } from '../messaging/transport.js';
import { isWanted, type ResolvedConsumer } from '../messaging/consumer-settings.js';
import { messageBytes } from '../messaging/publish-limits.js';

/** A message of the client library, as far as it is used here. */
export interface ReceivedMessage {
  readonly attributes: Record<string, string>;
  readonly data: Buffer;
  readonly orderingKey?: string;
  readonly id: string;
  readonly publishTime: Date;
  /** 0 where the subscription has no dead letters: then nobody counts. */
  readonly deliveryAttempt: number;
  ack(): void;
  nack(): void;
}

interface Held {
  readonly message: ReceivedMessage;
  readonly content: Omit<Delivery, 'ack' | 'nack'>;
  readonly bytes: number;
}

/**
 * Holds what has arrived and gives it out within the subscriber's bounds. The client's own bound is not used: with it, a message
 * that waits while the byte bound is met can stay unseen, its lease extended, until another message is settled
 * (`LeaseManager.remove` of 5.3 reports room or hands one on, not both).
 */
export class Intake {
  private readonly held: Held[] = [];
  private readonly unsettled = new Set<Held>();
  private bytesOut = 0;
  private pumpQueued = false;
  private closed = false;

  private readonly wanted: Pick<ResolvedConsumer, 'types'>;

  constructor(private readonly options: SubscribeOptions) {
    const { filter, from } = options;
    this.wanted = filter === undefined || from === 'dead-letters' ? {} : filter;
  }

  /** True when nothing is held or out. */
  get isIdle(): boolean {
    return this.held.length === 0 && this.unsettled.size === 0;
  }

  /** A message that the filter leaves out is settled: emulators do not filter, and the service does not by long filters. */
  add(message: ReceivedMessage): void {
    if (this.closed) return message.nack();
    if (!isWanted(this.wanted, message)) return message.ack();
    const content = contentOf(message);
    this.held.push({ message, content, bytes: messageBytes(content) });
    this.pumpSoon();
  }

  /** Their stream has ended, and the service gives them out again. What is out already stays with its consumer, and counts. */
  forgetHeld(): void {
    this.held.length = 0;
  }

  /** Gives back all that is held or out; later acks do nothing. */
  close(): void {
    this.closed = true;
    for (const { message } of [...this.unsettled, ...this.held]) message.nack();
    this.unsettled.clear();
    this.forgetHeld();
  }

  private hasRoom(bytes: number): boolean {
    const { maxMessages, maxBytes } = this.options;
    return this.unsettled.size === 0 || (this.unsettled.size < maxMessages && this.bytesOut + bytes <= maxBytes);
  }

  /** Never from within an ack: the subscriber would be entered again. */
  private pumpSoon(): void {
    if (this.pumpQueued) return;
    this.pumpQueued = true;
    setImmediate(() => {
      this.pumpQueued = false;
      while (this.giveNext());
    });
  }

  private giveNext(): boolean {
    const [next] = this.held;
    if (next === undefined || !this.hasRoom(next.bytes)) return false;
    this.held.shift();
    this.unsettled.add(next);
    this.bytesOut += next.bytes;
    this.options.onMessage({
      ...next.content,
      ack: () => this.settle(next, () => next.message.ack()),
      nack: () => this.settle(next, () => next.message.nack()),
    });
    return true;
  }

  private settle(held: Held, answer: () => void): void {
    if (!this.unsettled.delete(held)) return;
    this.bytesOut -= held.bytes;
    answer();
    this.pumpSoon();
  }
}

function contentOf({ attributes, data, orderingKey = '', id, publishTime, deliveryAttempt }: ReceivedMessage): Held['content'] {
  return {
    attributes,
    data: data.toString('utf8'),
    orderingKey,
    bytes: data,
    messageId: id,
    publishedAt: new Date(publishTime.getTime()),
    ...(deliveryAttempt > 0 && { attempt: deliveryAttempt }),
  };
}
