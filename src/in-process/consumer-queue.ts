import { murmur3 } from '../support/murmur3.js';
import { isWanted, type ResolvedConsumer } from '../messaging/consumer-settings.js';
import type { TransportMessage } from '../messaging/transport.js';
import { Fifo } from './fifo.js';
import type { InProcessOptions } from './in-process-options.js';

/** A message in a queue, measured once. */
export interface QueuedMessage {
  readonly message: TransportMessage;
  readonly bytes: number;
  /** The bus's own id of it. */
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly publishedAt: number;
  /** Which delivery comes next, from 1. */
  readonly attempt: number;
}

/** One subscriber of a consumer, as its queue sees it. */
export interface QueueMember {
  /** Whether it may be given a message of so many bytes now. */
  hasRoom(bytes: number): boolean;
  /** Hands the message to the subscriber. */
  give(queued: QueuedMessage): void;
}

/** What waits for one key. While messages of a key are out, its next ones go to the same member, so that a key has one reader. */
interface Lane {
  readonly waiting: Fifo<QueuedMessage>;
  /** The newest message beyond the bound. It follows the waiting ones, and so tells the reader of the gap before it. */
  newest?: QueuedMessage;
  reader?: QueueMember;
  outstanding: number;
}

/**
 * The messages of one consumer, shared by its members: each message goes to one of them. Per key the order is that of
 * publishing; a message given back goes to the front of its key, a refused one to the back. Messages without a key, and all of an unordered
 * consumer, go to the members one by one in turn, as they have room.
 *
 * States: taking, until the waiting bytes would pass the bound; dropping, until half of it is free, with the newest message of
 * each key kept. Without that hysteresis a slow consumer would get every tenth message and read the log for each of them;
 * without the newest message it would learn of what it missed only when it looks at the log's tail.
 */
export class ConsumerQueue {
  private readonly lanes = new Map<string, Lane>();
  /** What no order binds. */
  private readonly loose = new Fifo<QueuedMessage>();
  private turn = 0;
  private members: readonly QueueMember[] = [];
  private queuedBytes = 0;
  private dropping = false;
  private dropCount = 0;
  private pumpQueued = false;

  constructor(
    readonly options: Required<InProcessOptions>,
    private readonly settings: Pick<ResolvedConsumer, 'types' | 'ordered'>,
  ) {}

  /** Messages left out because the bound was reached. */
  get dropped(): number {
    return this.dropCount;
  }

  join(member: QueueMember): void {
    this.members = [...this.members, member];
    this.pumpSoon();
  }

  leave(member: QueueMember): void {
    this.members = this.members.filter((other) => other !== member);
    for (const [key, lane] of this.lanes) {
      if (lane.reader === member) this.free(key, lane);
    }
    this.pumpSoon();
  }

  /** Whether these are within the bound; also where nothing waits, so that a batch above it is no dead end. */
  hasRoomFor(messages: readonly QueuedMessage[]): boolean {
    const wanted = messages.filter(({ message }) => isWanted(this.settings, message));
    return !this.isOverBound(wanted.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  /** Unless the consumer's filter leaves it out. */
  add(queued: QueuedMessage): void {
    if (!isWanted(this.settings, queued.message)) return;
    if (this.options.whenFull === 'drop') {
      this.dropping = this.dropping ? this.queuedBytes > this.options.maxQueuedBytes / 2 : this.isOverBound(queued.bytes);
    }
    if (this.isLoose(queued)) this.addLoose(queued);
    else this.addToLane(queued);
    this.pumpSoon();
  }

  private addLoose(queued: QueuedMessage): void {
    if (this.dropping) {
      this.dropCount++;
    } else {
      this.loose.push(queued);
      this.queuedBytes += queued.bytes;
    }
  }

  private addToLane(queued: QueuedMessage): void {
    const lane = this.lane(queued);
    if (lane.newest !== undefined) this.dropCount++;
    delete lane.newest;
    if (this.dropping) {
      lane.newest = queued;
    } else {
      lane.waiting.push(queued);
      this.queuedBytes += queued.bytes;
    }
  }

  /** A member is done with a message, one way or another. */
  settle(queued: QueuedMessage): void {
    const key = queued.message.orderingKey;
    const lane = this.isLoose(queued) ? undefined : this.lanes.get(key);
    if (lane !== undefined) {
      lane.outstanding = Math.max(0, lane.outstanding - 1);
      if (lane.outstanding === 0) this.free(key, lane);
    }
    this.pumpSoon();
  }

  /** Takes back what was given out: never dropped, since it was within the bound before. */
  takeBack(messages: readonly QueuedMessage[], place: 'front' | 'back'): void {
    for (const queued of place === 'front' ? messages.toReversed() : messages) {
      const waiting = this.isLoose(queued) ? this.loose : this.lane(queued).waiting;
      if (place === 'front') waiting.unshift(queued);
      else waiting.push(queued);
      this.queuedBytes += queued.bytes;
    }
    this.pumpSoon();
  }

  discard(): void {
    this.lanes.clear();
    while (this.loose.shift() !== undefined);
    this.queuedBytes = 0;
  }

  private isLoose({ message }: QueuedMessage): boolean {
    return !this.settings.ordered || message.orderingKey === '';
  }

  private isOverBound(bytes: number): boolean {
    return this.queuedBytes > 0 && this.queuedBytes + bytes > this.options.maxQueuedBytes;
  }

  /** Never from within publish, ack or nack: a subscriber that publishes would be entered again. */
  private pumpSoon(): void {
    if (this.pumpQueued || this.members.length === 0) return;
    this.pumpQueued = true;
    setImmediate(() => {
      this.pumpQueued = false;
      this.pumpLoose();
      this.pump();
    });
  }

  private pumpLoose(): void {
    for (let left = this.loose.length; left > 0; left--) {
      const next = this.loose.peek();
      const member = next && this.nextMember(next.bytes);
      if (member === undefined) return;
      this.unqueueFirst(this.loose);
      member.give(next as QueuedMessage);
    }
  }

  /** The next in turn that has room. */
  private nextMember(bytes: number): QueueMember | undefined {
    for (let tried = 0; tried < this.members.length; tried++) {
      const member = this.members[this.turn++ % this.members.length];
      if (member?.hasRoom(bytes)) return member;
    }
    return undefined;
  }

  private pump(): void {
    for (const [key, lane] of this.lanes) {
      const reader = lane.reader ?? this.memberFor(key);
      if (reader === undefined) return;
      // Counted beforehand: a subscriber that publishes while it is served must not keep this loop going.
      let left = lane.waiting.length + 1;
      while (left > 0 && this.giveNext(lane, reader)) left--;
    }
  }

  private giveNext(lane: Lane, reader: QueueMember): boolean {
    const queued = lane.waiting.peek();
    const next = queued ?? lane.newest;
    if (next === undefined || !reader.hasRoom(next.bytes)) return false;
    if (queued === undefined) delete lane.newest;
    else this.unqueueFirst(lane.waiting);
    lane.reader = reader;
    lane.outstanding++;
    reader.give(next);
    return true;
  }

  private unqueueFirst(waiting: Fifo<QueuedMessage>): void {
    this.queuedBytes -= waiting.shift()?.bytes ?? 0;
  }

  private memberFor(key: string): QueueMember | undefined {
    return this.members[murmur3(key) % this.members.length];
  }

  /** Nothing of this key is out: the next reader may be another. */
  private free(key: string, lane: Lane): void {
    lane.outstanding = 0;
    delete lane.reader;
    if (lane.waiting.length === 0 && lane.newest === undefined) this.lanes.delete(key);
  }

  private lane({ message }: QueuedMessage): Lane {
    const known = this.lanes.get(message.orderingKey);
    if (known !== undefined) return known;
    const lane: Lane = { waiting: new Fifo(), outstanding: 0 };
    this.lanes.set(message.orderingKey, lane);
    return lane;
  }
}
