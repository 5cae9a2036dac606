import { setMaxListeners } from 'node:events';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { comparePositions, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { ShardRange } from '../event-store/event-store.js';
import type { Delivery, TransportSubscription } from '../messaging/transport.js';
import { isAborted, orAbort } from '../support/abort.js';
import { KeyMutex } from '../support/key-mutex.js';
import { HeldCursors, type HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { toLaneMessage } from './lane-message.js';
import { PageSize } from './page-size.js';
import { LaneHold, type HoldPositions } from './lane-hold.js';
import { ParkedRows } from './parked-rows.js';
import { planTails } from './plan-tails.js';
import { ShardLane } from './shard-lane.js';
import { Slots } from './slots.js';
import { resolveSubscriptionOptions, type ResolvedSubscriptionOptions, type SubscriptionOptions } from './subscription-options.js';
import { NO_COUNTS, type SubscriptionCounts, type SubscriptionStatus } from './subscription-status.js';
import { messageOf } from '../support/message-of.js';
import { within } from '../support/within.js';

/** Events that one look at all tails reads at most. */
const TAIL_EVENTS = 1_000;

/**
 * A consumer of the log: brings every event of every shard to its handler, in the order of each shard, so that effects and
 * cursor are committed together. Messages make it fast, the log makes it right: what the transport loses, doubles or
 * reorders is found by the chain of positions and read from the log. First start, catch-up and live delivery are one path.
 *
 * Life: new -> running -> stopping -> stopped. While running there are
 * - a lane a shard ({@link ShardLane}), woken by messages and by tail checks; at most `concurrency` of them have a batch in hand;
 * - the lease loop, every third of a lease: takes free shards, lets lost ones go, renews those that no batch renewed;
 * - the tail loop, every `tailCheckMs`: one Read for all shards that are held and idle, and a new try of stopped ones.
 *
 * Several instances with different owners share the shards; the store's fence keeps their work apart. No error reaches the
 * process: what goes wrong shows in {@link status} and in the logger.
 */
export class Subscription {
  private readonly options: ResolvedSubscriptionOptions;
  private readonly closing = new AbortController();
  private readonly abandon = new AbortController();
  private readonly lanes: readonly ShardLane[];
  private readonly hold = new LaneHold();
  private readonly standing = new KeyMutex();
  private readonly tailPage: PageSize;
  private readonly counts: SubscriptionCounts = { ...NO_COUNTS };
  private readonly parkedRows: ParkedRows;
  /** What this instance holds, and a way to hear of changes. */
  readonly cursors: HeldCursors;
  private state: SubscriptionStatus['state'] = 'new';
  private messages: TransportSubscription | undefined;
  private turnedAt: number | undefined;
  private loops: readonly Promise<void>[] = [];
  private stopped: Promise<void> | undefined;
  private lastError: SubscriptionStatus['lastError'];

  /** Throws `OPTION_INVALID`. */
  constructor(options: SubscriptionOptions) {
    this.options = resolveSubscriptionOptions(options);
    const { store, consumer, owner, leaseMs, clock, caller, batchSize, maxBytes, concurrency, order } = this.options;
    const shardCount = order === 'global' ? 1 : store.shardCount;
    setMaxListeners(0, this.closing.signal, this.abandon.signal); // each lane listens
    const calls = { caller, signal: this.abandon.signal };
    this.cursors = new HeldCursors({
      cursors: store.cursors,
      consumer,
      owner,
      shardCount,
      leaseMs,
      clock,
      calls,
      isParked: (shard, position) => this.laneOf(shard)?.isParked(position) ?? false,
    });
    this.parkedRows = new ParkedRows(store, consumer, calls);
    this.tailPage = new PageSize({ maxEvents: Math.max(TAIL_EVENTS, batchSize), maxBytes });
    const context: LaneContext = {
      options: this.options,
      cursors: this.cursors,
      slots: new Slots(concurrency),
      hold: this.hold,
      parkedRows: this.parkedRows,
      counts: this.counts,
      closing: this.closing.signal,
      abandon: this.abandon.signal,
      faulted: (error) => this.faulted(error),
    };
    this.lanes = Array.from({ length: shardCount }, (_, shard) => new ShardLane(shard, context));
  }

  /** Subscribes to the transport, if there is one, and begins. Throws `TRANSPORT_UNAVAILABLE`, `SUBSCRIPTION_DIFFERS`, and `APP_NOT_RUNNING` when not new. */
  async start(): Promise<void> {
    if (this.state !== 'new') {
      throw new EventspanError('APP_NOT_RUNNING', { state: this.state, operation: `starting ${this.options.consumer}`, needed: 'new' });
    }
    this.state = 'running';
    const { transport, transportConsumer, maxMessages, maxBytes, leaseMs, tailCheckMs } = this.options;
    const onMessage = (delivery: Delivery): void => this.receive(delivery);
    try {
      this.messages = await transport?.subscribe({ consumer: transportConsumer, onMessage, maxMessages, maxBytes });
    } catch (error) {
      this.state = 'new';
      throw error;
    }
    this.loops = [this.loop(leaseMs / 3, () => this.keepLeases()), this.loop(tailCheckMs, () => this.lookAtTails())];
  }

  /**
   * Finishes the batches in hand, gives back the rest, and releases the shards for others. After `deadlineMs` (default 10,000)
   * what is still in hand is given up, uncommitted or not; nothing is lost by that. Idempotent. Never throws.
   */
  stop({ deadlineMs = 10_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.stopped ??= this.end(deadlineMs);
    return this.stopped;
  }

  /**
   * Goes exactly so far and stands there; undefined: as far as the log. Also before `start`. What was done beyond stays done. In global order the
   * furthest of the positions counts.
   */
  holdAt(positions: HoldPositions | undefined): void {
    this.hold.set(positions !== undefined && this.isGlobal ? new Map([[0, furthestOf(positions)]]) : positions);
    for (const lane of this.lanes) lane.lookAgain();
  }

  /** Looks at once for what operators asked for, instead of with the next look at the tails. Never throws. */
  async lookForRequests(): Promise<void> {
    if (this.state !== 'running' || !this.hasParked) return;
    try {
      const rows = await this.parkedRows.read();
      for (const lane of this.lanes) lane.takeRequests(rows);
    } catch (error) {
      if (!isAborted(this.abandon.signal)) this.faulted(error);
    }
  }

  /** Why a shard stands still or tries again, where this instance knows. */
  reasonOf(shard: number): string | undefined {
    return this.laneOf(shard)?.reason;
  }

  /**
   * Does work on what a shard's events have brought about, while no event of it is handled: between batches, under the token that is held.
   * Answers false, and does nothing, where the shard is not held here. One work a shard at a time.
   */
  standStill(shard: number, work: (cursor: HeldCursor) => Promise<void>): Promise<boolean> {
    return this.standing.run(String(shard), async () => {
      this.hold.pause(shard);
      try {
        this.laneOf(shard)?.lookAgain();
        await this.laneOf(shard)?.settled();
        const cursor = this.cursors.find(shard);
        if (cursor === undefined || this.closing.signal.aborted) return false;
        await orAbort(work(cursor), this.abandon.signal);
        return true;
      } catch (error) {
        // Whatever becomes of a commit whose outcome is not known: under the next token it comes too late.
        if (isEventspanError(error, 'CURSOR_LOST') || isEventspanError(error, 'OUTCOME_UNKNOWN')) this.cursors.drop(shard);
        throw error;
      } finally {
        this.hold.resume(shard);
        this.laneOf(shard)?.lookAgain();
      }
    });
  }

  status(): SubscriptionStatus {
    return {
      state: this.state,
      transport: this.messages?.status() ?? { state: 'closed' },
      shards: this.lanes.map((lane) => lane.status()),
      counts: { ...this.counts },
      leases: { ...this.cursors.changes },
      ...(this.turnedAt !== undefined && { turnedAt: new Date(this.turnedAt).toISOString() }),
      ...(this.lastError !== undefined && { lastError: this.lastError }),
    };
  }

  private receive(delivery: Delivery): void {
    try {
      const message = toLaneMessage(delivery, this.options.store.shardCount);
      // What a message wakes is not part of the span in which it was delivered.
      this.options.telemetry.tracing.outside(() => this.laneOf(message.event.shard)?.offer(message));
    } catch (error) {
      this.counts.invalidMessages++;
      this.options.logger.error(
        { consumer: this.options.consumer, error: messageOf(error) },
        'a message is no envelope; the log is read instead',
      );
      delivery.ack();
    }
  }

  private async loop(everyMs: number, round: () => Promise<void>): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        await orAbort(round(), this.abandon.signal);
      } catch (error) {
        if (isAborted(this.abandon.signal)) return;
        this.faulted(error);
      }
      await this.options.clock.sleep(everyMs, this.closing.signal).catch(() => undefined);
    }
  }

  private async keepLeases(): Promise<void> {
    this.turnedAt = this.options.clock.now();
    const came = await this.cursors.takeFree();
    if (came.length > 0) await this.readTails(came);
    for (const shard of came) this.lanes[shard]?.taken();
    await this.cursors.renew();
  }

  private async lookAtTails(): Promise<void> {
    const now = this.options.clock.now();
    for (const lane of this.lanes) lane.resume(now);
    await this.readTails(this.cursors.shards);
    if (this.hasParked && (await this.parkedRows.isAsked())) await this.lookForRequests();
  }

  private get isGlobal(): boolean {
    return this.options.order === 'global';
  }

  /** Nobody can have asked for anything while nothing is parked. */
  private get hasParked(): boolean {
    return this.lanes.some(({ parked }) => parked > 0);
  }

  private laneOf(shard: number): ShardLane | undefined {
    return this.lanes[this.isGlobal ? 0 : shard];
  }

  /** 1 Read for all of the shards that are idle; none if none is. */
  private async readTails(shards: readonly number[]): Promise<void> {
    const idle = shards.filter((shard) => this.lanes[shard]?.isIdle);
    if (this.isGlobal) return idle.forEach((shard) => this.lanes[shard]?.lookAgain());
    const ranges = idle.map((shard) => this.rangeAfterCursor(shard));
    if (ranges.length === 0) return;
    const limit = this.tailPage.events;
    const { store, caller } = this.options;
    const events: readonly StoredEvent[] = await store.readShards(ranges, { limit, caller, signal: this.abandon.signal });
    this.tailPage.saw(events);
    for (const tail of planTails(ranges, events, limit)) this.lanes[tail.shard]?.offerFromLog(tail);
  }

  private rangeAfterCursor(shard: number): ShardRange {
    const after = this.cursors.find(shard)?.position;
    return this.hold.cut(after === undefined ? { shard } : { shard, after });
  }

  private async end(deadlineMs: number): Promise<void> {
    if (this.state === 'running') this.state = 'stopping';
    this.closing.abort(new EventspanError('APP_NOT_RUNNING', { state: 'stopping', operation: this.options.consumer, needed: 'running' }));
    const inHand = Promise.all([...this.loops, ...this.lanes.map((lane) => lane.settled())]);
    await within(
      this.options.clock,
      deadlineMs,
      inHand.catch(() => undefined),
    );
    this.abandon.abort(this.closing.signal.reason);
    await inHand.catch(() => undefined);
    for (const lane of this.lanes) lane.nackAll();
    await this.messages?.close().catch((error: unknown) => this.faulted(error));
    await this.cursors.release({ caller: this.options.caller, deadlineMs: 2_000 }).catch((error: unknown) => this.faulted(error));
    this.state = 'stopped';
  }

  private faulted(error: unknown): void {
    const message = messageOf(error);
    this.lastError = {
      at: new Date(this.options.clock.now()).toISOString(),
      message,
      ...(isEventspanError(error) && { code: error.code }),
    };
    this.options.logger.warn({ consumer: this.options.consumer, error: message }, 'a subscription met a fault and goes on');
  }
}

function furthestOf(positions: HoldPositions): Position | undefined {
  return [...positions.values()].reduce((a, b) => (a === undefined || (b !== undefined && comparePositions(a, b) < 0) ? b : a), undefined);
}
