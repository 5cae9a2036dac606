import type { Position } from '../event-store/position.js';
import type { DeliveryGap } from '../messaging/chained-delivery.js';
import { isAborted, orAbort } from '../support/abort.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { GlobalLog, ShardLog } from './lane-log.js';
import type { LaneMessage } from './lane-message.js';
import { LaneParking } from './lane-parking.js';
import { LaneQueue } from './lane-queue.js';
import { LaneSizes } from './lane-sizes.js';
import { laneStatus } from './lane-status.js';
import { LaneWork } from './lane-work.js';
import { LogPages } from './log-pages.js';
import { Nap } from './nap.js';
import type { RowsByLane } from './parked-rows.js';
import type { ShardTail } from './plan-tails.js';
import type { SubscriptionShardStatus } from './subscription-status.js';

/** After a step: go on after so many milliseconds, rest until something comes, or until something comes and at most so long. */
type Next = number | 'rest' | { readonly restMs: number };

const AT_ONCE = 0;

/**
 * One shard of a subscription, or in global order its whole log: what waits for it, and the one loop that works it off.
 *
 * States, by what is known (the loop looks at them anew before each step):
 * - elsewhere: the cursor is not held. A message beyond the cursor takes it, an old one is dropped. Else the lane rests.
 * - taken: the cursor is held, and what is parked is not known yet; it is read.
 * - working: the next events are at hand; a batch of them is handled and committed with the cursor. Events of parked streams are passed over.
 * - behind: a gap before the next message, or more in the log than messages told of; a page is read from the log, and applied as it is.
 * - idle: nothing waits. A message or a tail check wakes it, and so does the time to tell the store what was passed without a commit.
 * - retrying: the first event failed; the lane sleeps, without a slot, and tries it alone. After its last try its stream is parked.
 * - held: it stands where it has to stand; what waits, waits. A change of that wakes it.
 * - stopped: it failed too often, and its policy is to stop. Messages are acked unread, for the log keeps them; `resume` tries once more.
 *
 * What operators ask for parked streams is done in steps between those of the log, also while the lane is idle, held or stopped.
 *
 * Invariant: only this loop moves the shard's cursor in this process, one batch at a time, so that handlers never overlap; and
 * a message is acked only when its position is at or before a committed cursor, or when the log is sure to be read for it.
 */
export class ShardLane {
  private readonly queue: LaneQueue;
  private readonly pages: LogPages;
  private readonly parking: LaneParking;
  private readonly work: LaneWork;
  private readonly sizes: LaneSizes;
  private readonly nap: Nap;
  /** The log may hold more than what waits here. */
  private behind = false;
  /** The last step was one for a parked stream: the log is next. */
  private caredForParked = false;
  private running: Promise<void> | undefined;
  /** Something came since the last step began. */
  private woken = false;

  constructor(
    readonly shard: number,
    private readonly context: LaneContext,
  ) {
    const { options, abandon, hold, counts, closing } = context;
    const { batchSize, maxBytes, store, caller, order } = options;
    const LogOf = order === 'global' ? GlobalLog : ShardLog;
    this.sizes = new LaneSizes({ maxEvents: batchSize, maxBytes });
    this.queue = new LaneQueue(counts);
    this.pages = new LogPages(new LogOf(shard, { store, hold, calls: { caller, signal: abandon } }), this.sizes.page);
    this.parking = new LaneParking(shard, context);
    const { queue, pages, parking, sizes } = this;
    this.work = new LaneWork(shard, context, { queue, pages, parking, sizes });
    this.nap = new Nap(options.clock, closing);
  }

  /** A message came. A full lane acks it and reads the log later: messages make things fast, the log makes them right. */
  offer(message: LaneMessage): void {
    const { closing, options } = this.context;
    if (closing.aborted) return message.nack();
    const isFull = this.queue.length >= 2 * options.batchSize;
    const readsLog = options.order === 'global' || this.work.stoppedUntil !== undefined;
    if (!readsLog && !isFull) this.queue.add([message]);
    else {
      this.behind = true;
      message.ack();
    }
    if (this.work.stoppedUntil === undefined) this.wake();
  }

  /** A tail check found something. */
  offerFromLog({ after, events, isCut }: ShardTail): void {
    if (this.context.closing.aborted) return;
    if (this.pages.length === 0 && events.length > 0) this.pages.put(after, events);
    this.behind ||= isCut;
    this.wake();
  }

  /** The shard is held and at rest, so that only a look at the log's tail can tell whether something is new. */
  get isIdle(): boolean {
    const cursor = this.context.cursors.find(this.shard);
    const isAtRest = (this.running === undefined || this.nap.isOn) && this.work.stoppedUntil === undefined;
    return isAtRest && cursor !== undefined && !this.context.hold.isReached(this.shard, cursor.position);
  }

  /** Whether the event at this position waits because its stream is parked. */
  isParked(position: Position): boolean {
    return this.parking.isParked(position);
  }

  /** Why events wait. */
  get reason(): string | undefined {
    return this.work.reason?.message ?? this.parking.reason;
  }

  /** Streams parked here. */
  get parked(): number {
    return this.parking.size;
  }

  /** Something may have to be done: the shard was taken, it may go further than before, or there may be more in the log. */
  lookAgain(): void {
    if (this.context.closing.aborted || this.context.cursors.find(this.shard) === undefined) return;
    this.behind ||= this.work.stoppedUntil === undefined;
    this.wake();
  }

  /** The shard was taken: what is parked has to be known, for somebody may have asked for something. */
  taken(): void {
    if (!this.context.closing.aborted) this.wake();
  }

  /** Requests of operators, as read just now. */
  takeRequests(rows: RowsByLane): void {
    this.parking.takeRequests(rows);
    this.taken();
  }

  /** Tries a stopped shard once more if its time has come. */
  resume(now: number): void {
    if (this.work.stoppedUntil === undefined || now < this.work.stoppedUntil) return;
    this.work.stoppedUntil = undefined;
    this.behind = true;
    this.wake();
  }

  /** Resolves when no step is in hand. */
  async settled(): Promise<void> {
    await this.running;
    await this.pages.settled();
  }

  /** Gives everything back that waits. */
  nackAll(): void {
    this.queue.nackAll();
  }

  status(): SubscriptionShardStatus {
    const { shard, context, queue, pages, parking, work } = this;
    const cursor = context.cursors.find(shard);
    const isHeld = cursor !== undefined && context.hold.isReached(shard, cursor.position);
    const isRunning = this.running !== undefined && !this.nap.isOn;
    const next = work.standsBefore ?? pages.peek(cursor?.position, 1)[0] ?? queue.oldest;
    const facts = { next, isHeld, isRunning, isStopped: work.stoppedUntil !== undefined, reason: work.reason };
    return laneStatus({
      shard,
      events: work.events,
      waiting: queue.length + pages.length + (work.standsBefore === undefined ? 0 : 1),
      parked: parking.size,
      cursor,
      ...facts,
    });
  }

  private wake(): void {
    this.woken = true;
    this.nap.end();
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
      if (typeof next === 'object') {
        if (!this.woken) await this.nap.take(next.restMs);
      } else if (next > AT_ONCE) await options.clock.sleep(next, closing).catch(() => undefined);
    }
  }

  private async safeStep(): Promise<Next> {
    if (this.context.closing.aborted) return 'rest';
    this.woken = false;
    try {
      return await orAbort(this.step(), this.context.abandon);
    } catch (error) {
      if (isAborted(this.context.abandon)) return 'rest';
      return this.work.faulted(error);
    }
  }

  private async step(): Promise<Next> {
    const { cursors, hold } = this.context;
    const cursor = cursors.find(this.shard);
    if (cursor === undefined) return this.acquire();
    if (hold.isPaused(this.shard)) return 'rest';
    if (!this.parking.isKnown(cursor)) {
      await this.parking.load(cursor);
      return AT_ONCE;
    }
    const pauseMs = this.context.options.handler.pauseMs?.() ?? 0;
    return pauseMs > 0 ? { restMs: pauseMs } : this.nextStep(cursor);
  }

  /** One for what waits in the log, or one for a parked stream, by turns. */
  private async nextStep(cursor: HeldCursor): Promise<Next> {
    const due = this.parking.due(cursor.position);
    if (due === undefined || this.caredForParked) {
      this.caredForParked = false;
      const next = await this.logStep(cursor);
      if (next !== 'rest') return next;
    }
    if (due === undefined) return this.rest(cursor);
    this.caredForParked = true;
    await this.parking.carryOut(cursor, due);
    this.work.faultsOver();
    return AT_ONCE;
  }

  private async rest(cursor: HeldCursor): Promise<Next> {
    const { unsaved } = this.work;
    if (unsaved.dueMs(cursor) === 0) await unsaved.save(cursor);
    const waits = [this.parking.nextDueMs(cursor.position), unsaved.dueMs(cursor)].filter((ms) => ms !== undefined);
    return waits.length === 0 ? 'rest' : { restMs: Math.min(...waits) };
  }

  /** One batch, or one read. */
  private async logStep(cursor: HeldCursor): Promise<Next> {
    const { hold } = this.context;
    if (this.work.stoppedUntil !== undefined || hold.isReached(this.shard, cursor.position)) return 'rest';
    const limit = this.parking.starts.isCareful ? 1 : this.sizes.batch;
    const page = hold.allowed(this.shard, this.pages.peek(cursor.position, limit));
    if (page.length > 0) return this.work.apply(cursor, { events: page, messages: [] });
    const { apply, gap } = this.queue.plan(cursor.position, limit);
    const events = hold.allowed(
      this.shard,
      apply.map(({ event }) => event),
    );
    if (events.length > 0) return this.work.apply(cursor, { events, messages: apply.slice(0, events.length) });
    if (gap !== undefined) return this.readGap(cursor, gap);
    return this.behind ? this.readOn(cursor) : 'rest';
  }

  private async acquire(): Promise<Next> {
    const { newest } = this.queue;
    if (newest === undefined) return 'rest';
    const acquired = await this.context.cursors.acquire(this.shard, newest);
    if (acquired.kind === 'missed') return this.work.missed();
    if (acquired.kind === 'passed') this.queue.dropUpTo(acquired.position);
    return AT_ONCE;
  }

  private async readGap({ position }: HeldCursor, { upTo }: DeliveryGap): Promise<Next> {
    await this.pages.readUpTo(position, upTo);
    this.context.counts.gapsRead++;
    if (this.pages.length === 0) this.dropStrangers();
    return AT_ONCE;
  }

  private async readOn({ position }: HeldCursor): Promise<Next> {
    this.behind = false;
    try {
      const mayBeMore = await this.pages.read(position);
      this.behind ||= mayBeMore;
      return AT_ONCE;
    } catch (error) {
      this.behind = true;
      throw error;
    }
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
