import { EventspanError } from '../errors/eventspan-error.js';
import type { ResolvedConsumer } from '../messaging/consumer-settings.js';
import type { TransportMessage } from '../messaging/transport.js';
import { messageBytes } from '../messaging/publish-limits.js';
import { ConsumerQueue, type QueuedMessage } from './consumer-queue.js';
import type { InProcessOptions } from './in-process-options.js';

/** One consumer's queue, and its dead letters. */
export interface BusConsumer {
  readonly queue: ConsumerQueue;
  readonly deadLetters: ConsumerQueue;
}

interface Known extends BusConsumer {
  settings: ResolvedConsumer;
  /** Declared before it was subscribed to: it stays when all transports are closed. */
  isDeclared: boolean;
}

/**
 * What connects the transports of one provider: a queue a consumer. Declared ones live as long as the provider, the others while at least one
 * transport is open.
 */
export class Bus {
  private readonly consumers = new Map<string, Known>();
  private openTransports = 0;
  private published = 0;

  constructor(private readonly options: Required<InProcessOptions>) {}

  attach(): void {
    this.openTransports++;
  }

  detach(): void {
    if (--this.openTransports > 0) return;
    for (const [name, { isDeclared, queue, deadLetters }] of this.consumers) {
      if (isDeclared) continue;
      queue.discard();
      deadLetters.discard();
      this.consumers.delete(name);
    }
  }

  /** All or, where a queue is full and nothing may be dropped, none. Throws `PUBLISH_FAILED`. */
  publish(messages: readonly TransportMessage[], now: number): void {
    if (this.consumers.size === 0) return;
    const queued = messages.map((message) => this.queuedOf(message, now));
    if (this.options.whenFull === 'refuse') this.refuseWhenFull(queued);
    for (const { queue } of this.consumers.values()) for (const each of queued) queue.add(each);
  }

  /** Makes the consumer, or sets what may be changed. Answers whether it was made. Throws `SUBSCRIPTION_DIFFERS`. */
  declare(settings: ResolvedConsumer): boolean {
    const isNew = !this.consumers.has(settings.consumer);
    this.known(settings).isDeclared = true;
    return isNew;
  }

  /** Throws `SUBSCRIPTION_DIFFERS`. */
  consumer(settings: ResolvedConsumer): BusConsumer {
    return this.known(settings);
  }

  private known(settings: ResolvedConsumer): Known {
    const known = this.consumers.get(settings.consumer);
    if (known !== undefined) {
      refuseDifference(known.settings, settings);
      known.settings = settings;
      return known;
    }
    const made: Known = {
      settings,
      isDeclared: false,
      queue: new ConsumerQueue(this.options, settings),
      deadLetters: new ConsumerQueue(this.options, { ordered: false }),
    };
    this.consumers.set(settings.consumer, made);
    return made;
  }

  private queuedOf(message: TransportMessage, publishedAt: number): QueuedMessage {
    return { message, bytes: messageBytes(message), id: String(++this.published), publishedAt, attempt: 1 };
  }

  private refuseWhenFull(messages: readonly QueuedMessage[]): void {
    for (const [consumer, { queue }] of this.consumers) {
      if (queue.hasRoomFor(messages)) continue;
      const shard = messages[0]?.message.orderingKey.replace(/^s/, '');
      throw new EventspanError('PUBLISH_FAILED', { count: messages.length, shard, reason: `the queue of ${consumer} is full` });
    }
  }
}

function refuseDifference(found: ResolvedConsumer, wanted: ResolvedConsumer): void {
  const shown = ({ types }: ResolvedConsumer): string => types?.join(', ') ?? 'none';
  const resource = `consumer ${found.consumer}`;
  if (shown(found) !== shown(wanted)) {
    throw new EventspanError('SUBSCRIPTION_DIFFERS', { resource, setting: 'filter', found: shown(found), wanted: shown(wanted) });
  }
  if (found.ordered !== wanted.ordered) {
    const details = { resource, setting: 'ordered', found: String(found.ordered), wanted: String(wanted.ordered) };
    throw new EventspanError('SUBSCRIPTION_DIFFERS', details);
  }
}
