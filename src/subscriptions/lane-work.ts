import { EventspanError } from '../errors/eventspan-error.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { isAborted, orAbort } from '../support/abort.js';
import { eventFields } from '../telemetry/traced-event.js';
import type { EventBatch } from './event-handler.js';
import { resolvePolicy } from './handler-policy.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { LaneFailures } from './lane-failures.js';
import type { LaneMessage } from './lane-message.js';
import type { LaneParking } from './lane-parking.js';
import type { LaneQueue } from './lane-queue.js';
import type { LaneSizes } from './lane-sizes.js';
import type { LogPages } from './log-pages.js';
import { commitOwn } from './own-commit.js';
import { applyMeasured } from './apply-measured.js';
import { planRecovery } from './plan-recovery.js';
import type { StopReason } from './subscription-status.js';
import { UnsavedCursor } from './unsaved-cursor.js';

/** Events in hand that follow the cursor: of the page in hand where there are no messages, else those of the messages. */
export interface LaneBatch {
  readonly events: readonly StoredEvent[];
  readonly messages: readonly LaneMessage[];
}

/** Where a lane's events wait. */
export interface LaneSources {
  readonly queue: LaneQueue;
  readonly pages: LogPages;
  readonly parking: LaneParking;
  readonly sizes: LaneSizes;
}

/** Milliseconds until the lane goes on. */
type Delay = number;

const AT_ONCE = 0;

/**
 * What a lane does with the events that are next: has them handled, and settles what becomes of those that fail. Not for concurrent use.
 */
export class LaneWork {
  /** Events that the cursor has passed. */
  events = 0;
  /** When a stopped lane may be tried again. */
  stoppedUntil: number | undefined;
  private failing: StoredEvent | undefined;
  private readonly failures: LaneFailures;
  readonly unsaved: UnsavedCursor;

  constructor(
    private readonly lane: number,
    private readonly context: LaneContext,
    private readonly sources: LaneSources,
  ) {
    const { policy, random } = context.options;
    this.failures = new LaneFailures(policy.retry, random);
    this.unsaved = new UnsavedCursor(lane, context);
  }

  /** Why the first event failed, if it did. */
  get reason(): StopReason | undefined {
    return this.failures.reason;
  }

  /** What it stands before, if it is stopped. */
  get standsBefore(): StoredEvent | undefined {
    return this.stoppedUntil === undefined ? undefined : this.failing;
  }

  /** Handles the events and commits what they bring about with the cursor. Throws the store's errors. */
  async apply(cursor: HeldCursor, batch: LaneBatch): Promise<Delay> {
    const flowing = this.sources.parking.flowing(batch.events);
    const [first] = flowing;
    const position = (batch.events.at(-1) as StoredEvent).position;
    if (first === undefined) {
      await commitOwn(this.context, { lane: this.lane, token: cursor.token, position }, []);
      return this.committed(cursor, batch, position);
    }
    if (this.passesBy(flowing)) return this.passBy(cursor, batch, position);
    const { reason } = this.failures;
    const failed = reason?.eventId === first.eventId ? { failures: reason.attempts } : {};
    const given = { ...this.batchOf(cursor, position), ...failed, events: flowing };
    if (!this.sources.parking.starts.isSuspect) return this.handle(cursor, batch, given);
    return this.context.options.suspects.run(async () => {
      const starts = await this.sources.parking.starts.begin(cursor, first);
      if (starts !== undefined) return this.park(cursor, first, { error: this.killed(first, starts), attempts: starts });
      return this.handle(cursor, batch, given);
    });
  }

  /**
   * While a stream is parked here the store is told of all: what was passed of it is re-driven up to the cursor, and must not be found again behind
   * one that the store knows.
   */
  private passesBy(events: readonly StoredEvent[]): boolean {
    const { handler } = this.context.options;
    const { parking } = this.sources;
    if (handler.passes === undefined || parking.size > 0 || parking.starts.isSuspect) return false;
    return events.every((event) => handler.passes?.(event));
  }

  private async passBy(cursor: HeldCursor, batch: LaneBatch, position: Position): Promise<Delay> {
    await this.unsaved.pass(cursor, position, batch.events.length);
    return this.past(batch);
  }

  private batchOf({ token, position: previous }: HeldCursor, position: Position): Omit<EventBatch, 'events'> {
    const { consumer } = this.context.options;
    const advance = { consumer, shard: this.lane, token, position };
    return { shard: this.lane, advance, signal: this.context.abandon, ...(previous !== undefined && { previous }) };
  }

  private async handle(cursor: HeldCursor, batch: LaneBatch, given: EventBatch): Promise<Delay> {
    const { options, abandon, counts } = this.context;
    let fault: { readonly error: unknown; readonly at?: number } | undefined;
    try {
      fault = await orAbort(applyMeasured(options, given), abandon);
    } catch (error) {
      if (isAborted(abandon)) throw error;
      fault = { error };
    }
    if (fault !== undefined) return this.recover(cursor, batch, { ...fault, given: given.events });
    this.committed(cursor, batch, given.advance.position as Position);
    const done = options.handler.afterCommit?.(given);
    if (done !== undefined) counts.sideEffectFailures += await done;
    return AT_ONCE;
  }

  private committed(cursor: HeldCursor, batch: LaneBatch, position: Position): Delay {
    const { counts, cursors } = this.context;
    this.unsaved.clear();
    counts.batches++;
    cursors.advanced(this.lane, cursor.token, position);
    return this.past(batch);
  }

  private past({ events, messages }: LaneBatch): Delay {
    const { counts } = this.context;
    this.sources.sizes.committed();
    this.failures.cleared();
    this.events += events.length;
    counts.events += events.length;
    this.sources.parking.starts.passed(events.length);
    if (messages.length === 0) this.sources.pages.done(events.length);
    this.sources.queue.done(messages);
    return AT_ONCE;
  }

  private recover(
    cursor: HeldCursor,
    { events }: LaneBatch,
    { error, at, given }: { readonly error: unknown; readonly at?: number; readonly given: readonly StoredEvent[] },
  ): Delay | Promise<Delay> {
    const failing = given[at ?? 0] as StoredEvent;
    const recovery = planRecovery({ error, events: events.length, ...(at !== undefined && { at: events.indexOf(failing) }) });
    switch (recovery.kind) {
      case 'again':
        this.context.counts.retries++;
        this.sources.sizes.refused(recovery.maxEvents, error);
        return recovery.backOff ? this.failures.faulted() : AT_ONCE;
      case 'event-failed':
        return this.eventFailed(cursor, failing, error);
      case 'lost':
      case 'retake':
      default:
        return this.faulted(error);
    }
  }

  /** The shard went to somebody else before it could be taken. */
  missed(): Delay {
    return this.failures.faulted();
  }

  /** The store answers. */
  faultsOver(): void {
    this.failures.faultsOver();
  }

  /** The store did not do what it was asked for, or did not say so; no event is at fault. */
  faulted(error: unknown): Delay {
    const { cursors, counts } = this.context;
    const recovery = planRecovery({ error, events: 1 });
    if (recovery.kind === 'lost') {
      // Another instance has it, and reads on from where this one was; a redelivery there finds it beyond, or takes it back here.
      counts.cursorLosses++;
      this.sources.queue.nackAll();
    } else this.context.faulted(error);
    if (recovery.kind === 'lost' || recovery.kind === 'retake') cursors.drop(this.lane);
    return this.failures.faulted();
  }

  private eventFailed(cursor: HeldCursor, event: StoredEvent, error: unknown): Delay | Promise<Delay> {
    const { options, counts } = this.context;
    const { retry, onError } = resolvePolicy(options.policy, options.handler.policyOf?.(event));
    const now = options.clock.now();
    const delay = this.failures.eventFailed(event, { error, at: now, retry });
    this.sources.sizes.refused(1);
    if (!this.failures.isExhausted(retry, now)) {
      counts.retries++;
      options.logger.warn(this.logFields(event), 'an event failed and is tried again');
      return delay;
    }
    if (onError === 'stop') return this.stop(event, error);
    if (onError === 'skip') return this.skip(cursor, event);
    return this.park(cursor, event, { error, attempts: this.failures.reason?.attempts ?? 1 });
  }

  private async park(
    cursor: HeldCursor,
    event: StoredEvent,
    failure: { readonly error: unknown; readonly attempts: number },
  ): Promise<Delay> {
    const { full } = this.sources.parking;
    if (full !== undefined) return this.stop(event, full);
    await this.sources.parking.park(cursor, event, failure);
    return this.given(cursor, event);
  }

  private async skip(cursor: HeldCursor, event: StoredEvent): Promise<Delay> {
    await commitOwn(this.context, { lane: this.lane, token: cursor.token, position: event.position }, []);
    this.context.counts.skipped++;
    this.context.options.logger.error(this.logFields(event), 'an event failed too often and is skipped');
    return this.given(cursor, event);
  }

  /** The cursor has passed one event, which is the next in hand. */
  private given(cursor: HeldCursor, event: StoredEvent): Delay {
    const isPage = this.sources.pages.peek(cursor.position, 1).length > 0;
    const messages = isPage ? [] : this.sources.queue.at(event.position);
    return this.committed(cursor, { events: [event], messages }, event.position);
  }

  private stop(event: StoredEvent, error: unknown): Delay {
    const { options } = this.context;
    this.failures.standsStill(error);
    this.failing = event;
    options.logger.error(this.logFields(event), 'an event failed too often; its shard stops before it');
    this.stoppedUntil = options.clock.now() + options.stoppedRetryMs;
    this.sources.queue.ackAll();
    this.sources.pages.clear();
    return AT_ONCE;
  }

  private logFields(event: StoredEvent): object {
    return { consumer: this.context.options.consumer, shard: this.lane, ...eventFields(event), ...this.failures.reason };
  }

  private killed({ type, streamId, version }: StoredEvent, starts: number): EventspanError {
    return new EventspanError('HANDLER_KILLED', { starts, type, streamId, version, consumer: this.context.options.consumer });
  }
}
