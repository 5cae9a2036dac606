import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { ShardRange } from '../event-store/event-store.js';
import type { DeliveryGap } from '../messaging/chained-delivery.js';
import { isAborted, orAbort } from '../support/abort.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { LaneFailures } from './lane-failures.js';
import { fromLog, type LaneMessage } from './lane-message.js';
import { LaneQueue } from './lane-queue.js';
import { PageSize } from './page-size.js';
import { planRecovery, type BatchFault } from './plan-recovery.js';
import type { ShardTail } from './plan-tails.js';
import type { SubscriptionShardStatus } from './subscription-status.js';

/** After a step: go on after so many milliseconds, or rest until something comes. */
type Next = number | 'rest';

const AT_ONCE = 0;

/**
 * One shard of a subscription: what waits for it, and the one loop that works it off.
 *
 * States, by what is known (the loop looks at them anew before each step):
 * - elsewhere: the cursor is not held. A message beyond the cursor takes it, an old one is dropped. Else the lane rests.
 * - working: the next events are at hand; a batch of them is handled and committed with the cursor.
 * - behind: a gap before the next message, or more in the log than messages told of; the span is read from the log.
 * - idle: nothing waits. A message or a tail check wakes it.
 * - retrying: the first event failed; the lane sleeps, without a slot, and tries it alone.
 * - stopped: it failed too often. Messages are acked unread, for the log keeps them; `resume` tries once more.
 *
 * Invariant: only this loop moves the shard's cursor in this process, one batch at a time, so that handlers never overlap; and
 * a message is acked only when its position is at or before a committed cursor, or when the log is sure to be read for it.
 */
export class ShardLane {
  private readonly queue: LaneQueue;
  /** The log may hold more than what waits here. */
  private behind = false;
  private batchLimit: number;
  private readonly page: PageSize;
  private readonly failures: LaneFailures;
  /** When a stopped lane may be tried again. */
  private stoppedUntil: number | undefined;
  private running: Promise<void> | undefined;
  /** Something came since the last step began. */
  private woken = false;

  constructor(
    readonly shard: number,
    private readonly context: LaneContext,
  ) {
    const { batchSize, maxBytes, retry, random } = context.options;
    this.queue = new LaneQueue(context.counts);
    this.batchLimit = batchSize;
    this.page = new PageSize({ maxEvents: batchSize, maxBytes });
    this.failures = new LaneFailures(retry, random);
  }

  /** A message came. A full lane acks it and reads the log later: messages make things fast, the log makes them right. */
  offer(message: LaneMessage): void {
    if (this.context.closing.aborted) return message.nack();
    const isFull = this.queue.length >= 2 * this.context.options.batchSize;
    if (this.stoppedUntil !== undefined || isFull) {
      this.behind = true;
      return message.ack();
    }
    this.queue.add([message]);
    this.wake();
  }

  /** A tail check found something. */
  offerFromLog({ after, events, isCut }: ShardTail): void {
    if (this.context.closing.aborted) return;
    this.queue.add(fromLog(after, events));
    this.behind ||= isCut;
    this.wake();
  }

  /** The shard is held and at rest, so that only a look at the log's tail can tell whether something is new. */
  get isIdle(): boolean {
    return this.running === undefined && this.stoppedUntil === undefined && this.context.cursors.find(this.shard) !== undefined;
  }

  /** Tries a stopped shard once more if its time has come. */
  resume(now: number): void {
    if (this.stoppedUntil === undefined || now < this.stoppedUntil) return;
    this.stoppedUntil = undefined;
    this.behind = true;
    this.wake();
  }

  /** Resolves when no step is in hand. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Gives everything back that waits. */
  nackAll(): void {
    this.queue.nackAll();
  }

  status(): SubscriptionShardStatus {
    const cursor = this.context.cursors.find(this.shard);
    const { reason } = this.failures;
    return {
      shard: this.shard,
      state: this.stateOf(cursor),
      waiting: this.queue.length,
      ...(cursor?.position !== undefined && { position: cursor.position }),
      ...(cursor !== undefined && reason !== undefined && { reason }),
    };
  }

  private stateOf(cursor: HeldCursor | undefined): SubscriptionShardStatus['state'] {
    if (cursor === undefined) return 'elsewhere';
    if (this.stoppedUntil !== undefined) return 'stopped';
    if (this.failures.reason !== undefined) return 'retrying';
    return this.running === undefined ? 'idle' : 'working';
  }

  private wake(): void {
    this.woken = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.woken && !this.context.closing.aborted) this.wake();
    });
  }

  private async run(): Promise<void> {
    const { closing, slots, options } = this.context;
    await Promise.resolve(); // messages of one delivery come one by one in one turn; they shall be one batch
    while (!closing.aborted) {
      const next = await slots.run(() => this.safeStep());
      if (next === 'rest') return;
      if (next > AT_ONCE) await options.clock.sleep(next, closing).catch(() => undefined);
    }
  }

  private async safeStep(): Promise<Next> {
    if (this.context.closing.aborted) return 'rest';
    this.woken = false;
    try {
      return await orAbort(this.step(), this.context.abandon);
    } catch (error) {
      if (isAborted(this.context.abandon)) return 'rest';
      this.context.faulted(error);
      return this.failures.faulted();
    }
  }

  private async step(): Promise<Next> {
    const cursor = this.context.cursors.find(this.shard);
    if (cursor === undefined) return this.acquire();
    const { apply, gap } = this.queue.plan(cursor.position, this.batchLimit);
    if (apply.length > 0) return this.apply(cursor, apply);
    if (gap !== undefined) return this.readGap(gap);
    return this.behind ? this.readOn(cursor) : 'rest';
  }

  private async acquire(): Promise<Next> {
    const { newest } = this.queue;
    if (newest === undefined) return 'rest';
    const acquired = await this.context.cursors.acquire(this.shard, newest);
    if (acquired.kind === 'missed') return this.failures.faulted();
    if (acquired.kind === 'passed') this.queue.dropUpTo(acquired.position);
    return AT_ONCE;
  }

  private async apply(cursor: HeldCursor, messages: readonly LaneMessage[]): Promise<Next> {
    const { options, abandon } = this.context;
    const events = messages.map(({ event }) => event);
    const position = (events.at(-1) as StoredEvent).position;
    const batch = {
      shard: this.shard,
      events,
      advance: { consumer: options.consumer, shard: this.shard, token: cursor.token, position },
      signal: abandon,
      ...(cursor.position !== undefined && { previous: cursor.position }),
    };
    try {
      const failure = await orAbort(options.handler.apply(batch), abandon);
      if (failure !== undefined) return this.recover({ ...failure, events: events.length }, messages);
    } catch (error) {
      if (isAborted(abandon)) throw error;
      return this.recover({ error, events: events.length }, messages);
    }
    this.committed(cursor, messages, position);
    return AT_ONCE;
  }

  private committed(cursor: HeldCursor, messages: readonly LaneMessage[], position: Position): void {
    this.batchLimit = this.context.options.batchSize;
    this.failures.cleared();
    this.context.counts.events += messages.length;
    this.context.counts.batches++;
    this.context.cursors.advanced(this.shard, cursor.token, position);
    this.queue.done(messages);
  }

  private recover(fault: BatchFault, messages: readonly LaneMessage[]): Next {
    const recovery = planRecovery(fault);
    switch (recovery.kind) {
      case 'lost':
        return this.letGo();
      case 'retake':
        this.context.faulted(fault.error);
        this.context.cursors.drop(this.shard);
        return this.failures.faulted();
      case 'again':
        this.context.counts.retries++;
        this.batchLimit = recovery.maxEvents;
        return recovery.backOff ? this.failures.faulted() : AT_ONCE;
      case 'event-failed':
      default:
        return this.eventFailed((messages[0] as LaneMessage).event, fault.error);
    }
  }

  /** Another instance has it, and will read on from where this one was; a redelivery there finds it beyond, or takes it back here. */
  private letGo(): Next {
    this.context.counts.cursorLosses++;
    this.context.cursors.drop(this.shard);
    this.nackAll();
    return this.failures.faulted();
  }

  private eventFailed(event: StoredEvent, error: unknown): Next {
    const { options, counts } = this.context;
    const delay = this.failures.eventFailed(event, error, options.clock.now());
    const fields = { consumer: options.consumer, shard: this.shard, ...this.failures.reason };
    this.batchLimit = 1;
    if (!this.failures.isExhausted) {
      counts.retries++;
      options.logger.warn(fields, 'an event failed and is tried again');
      return delay;
    }
    options.logger.error(fields, 'an event failed too often; its shard stops before it');
    this.stoppedUntil = options.clock.now() + options.stoppedRetryMs;
    this.behind = true;
    this.queue.ackAll();
    return 'rest';
  }

  private async readGap(gap: DeliveryGap): Promise<Next> {
    const events = await this.read({ shard: this.shard, ...gap });
    this.context.counts.gapsRead++;
    if (events.length === 0) this.dropStrangers();
    this.queue.add(fromLog(gap.after, events));
    return AT_ONCE;
  }

  private async readOn({ position }: HeldCursor): Promise<Next> {
    const limit = this.page.events;
    this.behind = false;
    try {
      const events = await this.read(position === undefined ? { shard: this.shard } : { shard: this.shard, after: position });
      this.behind ||= events.length === limit;
      this.queue.add(fromLog(position, events));
      return AT_ONCE;
    } catch (error) {
      this.behind = true;
      throw error;
    }
  }

  private async read(range: ShardRange): Promise<readonly StoredEvent[]> {
    const { store, caller } = this.context.options;
    const events = await store.readShards([range], { limit: this.page.events, caller, signal: this.context.abandon });
    this.page.saw(events);
    return events;
  }

  /** Messages that continue an event which the log does not have: of another database, or forged. The log is the truth. */
  private dropStrangers(): void {
    const { counts, options } = this.context;
    const messages = this.queue.ackAll();
    counts.invalidMessages += messages;
    options.logger.error({ consumer: options.consumer, shard: this.shard, messages }, 'messages continue no event of the log');
    this.behind = true;
  }
}
