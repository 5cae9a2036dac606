import { comparePositions, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { planDelivery, type DeliveryPlan } from '../messaging/chained-delivery.js';
import type { LaneMessage } from './lane-message.js';
import type { SubscriptionCounts } from './subscription-status.js';

/** What waits for one shard. Every message that leaves it has been acked or nacked, those in hand being still in it. */
export class LaneQueue {
  private messages: LaneMessage[] = [];

  constructor(private readonly counts: SubscriptionCounts) {}

  get length(): number {
    return this.messages.length;
  }

  /** The position furthest in the log. */
  get newest(): Position | undefined {
    return this.messages.map(({ event }) => event.position).reduce<Position | undefined>(later, undefined);
  }

  /** The event that comes first in the log. */
  get oldest(): StoredEvent | undefined {
    return this.messages.map(({ event }) => event).reduce<StoredEvent | undefined>(earlier, undefined);
  }

  add(messages: readonly LaneMessage[]): void {
    this.messages.push(...messages);
  }

  /** What can be applied at the cursor; old messages and copies leave. */
  plan(cursor: Position | undefined, maxEvents: number): Pick<DeliveryPlan<LaneMessage>, 'apply' | 'gap'> {
    const plan = planDelivery(cursor, this.messages, maxEvents);
    this.messages = [...plan.apply, ...plan.wait];
    this.ackOld(plan.drop);
    return plan;
  }

  /** The messages of one event. */
  at(position: Position): readonly LaneMessage[] {
    return this.messages.filter(({ event }) => event.position === position);
  }

  /** These are committed. */
  done(messages: readonly LaneMessage[]): void {
    if (messages.length === 0) return;
    const done = new Set(messages);
    this.messages = this.messages.filter((message) => !done.has(message));
    for (const message of messages) message.ack();
  }

  /** Everything up to here is done elsewhere. */
  dropUpTo(position: Position): void {
    const isOld = ({ event }: LaneMessage): boolean => comparePositions(event.position, position) <= 0;
    this.ackOld(this.messages.filter(isOld));
    this.messages = this.messages.filter((message) => !isOld(message));
  }

  /** The log will be read instead. Answers how many there were. */
  ackAll(): number {
    const messages = this.messages.splice(0);
    for (const message of messages) message.ack();
    return messages.length;
  }

  /** Gives everything back. */
  nackAll(): void {
    for (const message of this.messages.splice(0)) message.nack();
  }

  private ackOld(messages: readonly LaneMessage[]): void {
    // The event of a claim check was read from the log, and its message is old by that.
    this.counts.duplicates += messages.filter(({ dataRef }) => dataRef === undefined).length;
    for (const message of messages) message.ack();
  }
}

function later(a: Position | undefined, b: Position): Position {
  return a !== undefined && comparePositions(a, b) >= 0 ? a : b;
}

function earlier(a: StoredEvent | undefined, b: StoredEvent): StoredEvent {
  return a !== undefined && comparePositions(a.position, b.position) <= 0 ? a : b;
}
