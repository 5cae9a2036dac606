import { EventspanError } from '../../../src/errors/eventspan-error.js';
import type { CallOptions } from '../../../src/event-store/call-options.js';
import { messageBytes } from '../../../src/messaging/publish-limits.js';
import type { Transport, TransportMessage, TransportSubscription } from '../../../src/messaging/transport.js';

/** One publish as a relay asked for it. */
export interface Publish {
  readonly relay: string;
  readonly shard: number;
  readonly messages: readonly TransportMessage[];
  readonly atMs: number;
}

/** Decides what becomes of a publish: called before it; calls `take` to have the messages taken (it is called afterwards otherwise). */
export type Fate = (publish: Publish, take: (count?: number) => void) => void | Promise<void>;

/** A topic that remembers what it took, and ports to it that hold the promises a relay makes to a transport. */
export class Topic {
  readonly taken: TransportMessage[] = [];
  readonly asked: Publish[] = [];
  /** Promises of the relay to a transport that it broke. */
  readonly violations: string[] = [];
  fate: Fate = () => undefined;

  constructor(private readonly now: () => number = () => 0) {}

  port(relay: string): Transport {
    return new TopicPort(this, relay);
  }

  async publish(relay: string, messages: readonly TransportMessage[]): Promise<void> {
    const publish = { relay, messages, shard: Number(messages[0]!.orderingKey.slice(1)), atMs: this.now() };
    this.asked.push(publish);
    let done = false;
    const take = (count = messages.length): void => {
      done = true;
      this.taken.push(...messages.slice(0, count));
    };
    await this.fate(publish, take);
    if (!done) take();
  }

  ids(shard?: number): string[] {
    return this.taken.filter((m) => shard === undefined || m.orderingKey === `s${shard}`).map((m) => m.attributes['ce-id']!);
  }
}

class TopicPort implements Transport {
  readonly name = 'topic';
  private readonly busy = new Set<string>();

  constructor(
    private readonly topic: Topic,
    private readonly relay: string,
  ) {}

  async publish(messages: readonly TransportMessage[], options: CallOptions = {}): Promise<void> {
    const key = messages[0]!.orderingKey;
    this.inspect(messages, options);
    this.busy.add(key);
    try {
      await this.topic.publish(this.relay, messages);
    } finally {
      this.busy.delete(key);
    }
  }

  /** Recorded, not thrown: the relay would take it for a fault of the transport. */
  private inspect(messages: readonly TransportMessage[], { caller, deadlineMs }: CallOptions): void {
    const { violations } = this.topic;
    const key = messages[0]!.orderingKey;
    const bytes = messages.reduce((sum, message) => sum + messageBytes(message), 0);
    if (messages.some((message) => message.orderingKey !== key)) violations.push('two keys in one publish');
    if (messages.length > 1_000) violations.push(`${messages.length} messages in one publish`);
    if (messages.length > 1 && bytes > 9_000_000) violations.push(`${bytes} bytes in one publish`);
    if (this.busy.has(key)) violations.push(`two publishes of ${key} under way`);
    if (caller !== 'relay' || deadlineMs === undefined) violations.push('no caller or deadline');
  }

  subscribe(): Promise<TransportSubscription> {
    throw new Error('not for subscribers');
  }

  async close(): Promise<void> {}
}

export function publishFailed(reason = 'broker away'): EventspanError {
  return new EventspanError('PUBLISH_FAILED', { count: 1, shard: 0, reason });
}

export function refused(details: object = {}): EventspanError {
  return new EventspanError('MESSAGE_REFUSED', { eventId: 'unknown', shard: 0, reason: 'too strange', ...details });
}
