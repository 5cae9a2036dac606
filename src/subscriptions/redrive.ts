import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { comparePositions } from '../event-store/position.js';
import type { RowChange } from '../event-store/read-models.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { PARKED_STREAMS } from '../event-store/system-tables.js';
import { isAborted, orAbort } from '../support/abort.js';
import { failureTexts } from './failure-texts.js';
import type { EventBatch } from './event-handler.js';
import { resolvePolicy, type ResolvedPolicy } from './handler-policy.js';
import { applyMeasured } from './apply-measured.js';
import { eventFields } from '../telemetry/traced-event.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { LaneFailures } from './lane-failures.js';
import { commitOwn } from './own-commit.js';
import { discardChange, moveChange, putBackChange, startChange, unparkChange, type ParkedKey } from './parked-changes.js';
import type { ParkedEntry } from './parked-entry.js';
import type { ParkedSet } from './parked-set.js';
import type { ParkedReason, ParkedRequest } from './parked-stream.js';
import { planRecovery, type BatchFault } from './plan-recovery.js';

/** Events of one commit of a discard, at most. */
const DISCARD_EVENTS = 200;

/** What of a parked stream is at or before the cursor. */
interface Waiting {
  readonly events: readonly StoredEvent[];
  /** The one after them, if it is at or before the cursor too. */
  readonly next: StoredEvent | undefined;
}

/**
 * Carries out what operators asked for, one step at a time, between the lane's own batches: so one mover of a shard there is, and the other
 * streams flow on.
 *
 * A re-drive handles the events of a stream from the log, from the parked one up to the cursor, batch by batch; each commit moves the stream's row
 * on, and the last removes it, so that a kill at any instant loses and doubles nothing. An event that fails again is tried as its policy
 * says, without holding up the lane, and then put back with its new reason. A discard notes the events that it gives up and goes over into a
 * re-drive of the rest.
 */
export class Redrive {
  constructor(
    private readonly lane: number,
    private readonly context: LaneContext,
    private readonly parked: ParkedSet,
  ) {}

  /** One commit for one stream. Throws the store's errors. */
  async step(cursor: HeldCursor, entry: ParkedEntry): Promise<void> {
    if (entry.request === undefined) return;
    this.parked.toTheEnd(entry);
    if (entry.request.kind === 'discard') await this.discard(cursor, entry, entry.request);
    else await this.redrive(cursor, entry);
  }

  private async redrive(cursor: HeldCursor, entry: ParkedEntry): Promise<void> {
    const waiting = await this.waiting(cursor, entry, entry.isCareful ? 1 : (entry.limit ?? this.context.options.batchSize));
    const [first] = waiting.events;
    if (first === undefined) return this.unpark(cursor, entry);
    if (!entry.isCareful) return this.handle(cursor, entry, waiting);
    await this.context.options.suspects.run(async () => {
      if (!(await this.hasKilled(cursor, entry, first))) await this.handle(cursor, entry, waiting);
    });
  }

  private async handle(cursor: HeldCursor, entry: ParkedEntry, waiting: Waiting): Promise<void> {
    const first = waiting.events[0] as StoredEvent;
    const { next } = waiting;
    const batch = this.batchOf(cursor, entry, waiting);
    const fault = await this.apply(batch);
    if (fault === undefined) return this.moved(batch, entry, next);
    const isItself = this.recover(entry, { ...fault, events: waiting.events.length });
    if (isItself) await this.failed(cursor, entry, { event: first, next: waiting.events[1] ?? next, error: fault.error });
  }

  /** Whether the first event is at fault. Throws what is to be waited for. */
  private recover(entry: ParkedEntry, fault: BatchFault): boolean {
    const recovery = planRecovery(fault);
    if (recovery.kind === 'event-failed') return true;
    if (recovery.kind !== 'again') throw fault.error;
    entry.limit = recovery.maxEvents;
    if (recovery.backOff) throw fault.error;
    return false;
  }

  private batchOf(cursor: HeldCursor, entry: ParkedEntry, { events, next }: Waiting): EventBatch {
    const key = this.keyOf(entry);
    return {
      shard: this.lane,
      events,
      advance: { consumer: key.consumer, shard: this.lane, token: cursor.token },
      changes: [next === undefined ? unparkChange(key) : moveChange(key, next)],
      isRedrive: true,
      ...(entry.attempts > 0 && { failures: entry.attempts + (entry.failures?.reason?.attempts ?? 0) }),
      signal: this.context.abandon,
      ...(cursor.position !== undefined && { previous: cursor.position }),
    };
  }

  private async apply(batch: EventBatch): Promise<{ readonly error: unknown; readonly at?: number } | undefined> {
    const { options, abandon } = this.context;
    try {
      return await orAbort(applyMeasured(options, batch), abandon);
    } catch (error) {
      if (isAborted(abandon)) throw error;
      return { error };
    }
  }

  private async moved(batch: EventBatch, entry: ParkedEntry, next: StoredEvent | undefined): Promise<void> {
    const { counts, options } = this.context;
    counts.redriven += batch.events.length;
    entry.limit = undefined;
    this.wentOn(entry, next);
    counts.sideEffectFailures += (await options.handler.afterCommit?.(batch)) ?? 0;
  }

  /** The stream waits before another event now, or no more. */
  private wentOn(entry: ParkedEntry, next: StoredEvent | undefined): void {
    entry.failures = undefined;
    entry.notBefore = 0;
    entry.starts = 0;
    if (next !== undefined) {
      entry.version = next.version;
      return;
    }
    this.parked.delete(entry);
    const { logger, consumer } = this.context.options;
    logger.info({ consumer, streamId: entry.streamId }, 'a parked stream goes on');
  }

  private async unpark(cursor: HeldCursor, entry: ParkedEntry): Promise<void> {
    await this.commit(cursor, [unparkChange(this.keyOf(entry))]);
    this.wentOn(entry, undefined);
  }

  private async failed(
    cursor: HeldCursor,
    entry: ParkedEntry,
    { event, next, error }: { readonly event: StoredEvent; readonly next: StoredEvent | undefined; readonly error: unknown },
  ): Promise<void> {
    const { options } = this.context;
    const policy = this.policyOf(event);
    const now = options.clock.now();
    entry.limit = 1;
    entry.failures ??= new LaneFailures(options.policy.retry, options.random);
    const delay = entry.failures.eventFailed(event, { error, at: now, retry: policy.retry });
    if (!entry.failures.isExhausted(policy.retry, now)) {
      entry.notBefore = now + delay;
      this.context.counts.retries++;
      return;
    }
    if (policy.onError === 'skip') return this.skip(cursor, entry, { event, next });
    await this.putBack(cursor, entry, { event, error, reason: reasonOf(error), tries: entry.failures.reason?.attempts ?? 1 });
  }

  private async skip(
    cursor: HeldCursor,
    entry: ParkedEntry,
    { event, next }: { readonly event: StoredEvent; readonly next: StoredEvent | undefined },
  ): Promise<void> {
    const { counts, options } = this.context;
    const key = this.keyOf(entry);
    await this.commit(cursor, [next === undefined ? unparkChange(key) : moveChange(key, next)]);
    counts.skipped++;
    const fields = { consumer: options.consumer, shard: this.lane, ...eventFields(event), version: event.version };
    options.logger.error(fields, 'an event failed too often and is skipped');
    this.wentOn(entry, next);
  }

  /** It waits again, for the next request; one that came meanwhile stays. */
  private async putBack(
    cursor: HeldCursor,
    entry: ParkedEntry,
    failure: { readonly event: StoredEvent; readonly error: unknown; readonly reason: ParkedReason; readonly tries: number },
  ): Promise<void> {
    const { store, consumer, caller, clock, logger } = this.context.options;
    const key = this.keyOf(entry);
    const attempts = entry.attempts + failure.tries;
    const batch = await store.readModels.openBatch({ rows: 'shared', caller, signal: this.context.abandon });
    try {
      const [row] = await batch.get(PARKED_STREAMS, [{ ...key }]);
      const asked = row?.['requested_at'] as Date | null | undefined;
      const keepsRequest = asked != null && asked.getTime() !== entry.request?.at.getTime();
      const change = putBackChange(key, failure.event, { ...failure, attempts, at: new Date(clock.now()), keepsRequest });
      await batch.commit([change], { consumer, shard: this.lane, token: cursor.token });
      if (keepsRequest) this.context.parkedRows.forget();
    } catch (error) {
      await batch.abandon().catch(() => undefined);
      throw error;
    }
    Object.assign(entry, {
      attempts,
      message: failureTexts(failure.error).message.slice(0, 200),
      reason: failure.reason,
      failures: undefined,
      limit: undefined,
      notBefore: 0,
      starts: 0,
    });
    entry.isCareful = failure.reason === 'killed';
    this.parked.settle(entry);
    logger.error(
      { consumer, shard: this.lane, ...eventFields(failure.event), version: failure.event.version, attempts },
      'a re-driven event failed again; its stream stays parked',
    );
  }

  /** Notes that the event is begun, unless the process ended over it too often: then it stays parked. */
  private async hasKilled(cursor: HeldCursor, entry: ParkedEntry, event: StoredEvent): Promise<boolean> {
    const { consumer, maxStarts } = this.context.options;
    if (entry.failures !== undefined) return false;
    if (entry.starts >= maxStarts) {
      const { type, streamId, version } = event;
      const error = new EventspanError('HANDLER_KILLED', { starts: entry.starts, type, streamId, version, consumer });
      await this.putBack(cursor, entry, { event, error, reason: 'killed', tries: entry.starts });
      return true;
    }
    await this.commit(cursor, [startChange(this.keyOf(entry), entry.starts + 1)]);
    entry.starts++;
    return false;
  }

  private async discard(cursor: HeldCursor, entry: ParkedEntry, request: ParkedRequest): Promise<void> {
    const upTo = request.upToVersion ?? entry.version;
    if (!(await this.isPassed(cursor, entry, upTo))) {
      entry.waitsAt = cursor.position;
      return;
    }
    const waiting = await this.waiting(cursor, entry, DISCARD_EVENTS);
    const given = waiting.events.filter(({ version }) => version <= upTo);
    const next = waiting.events[given.length] ?? waiting.next;
    const key = this.keyOf(entry);
    const isOver = next !== undefined && next.version > upTo;
    const goesOn =
      next === undefined ? unparkChange(key) : moveChange(key, next, isOver ? { request: 'redrive', request_version: null } : {});
    await this.commit(cursor, [...(await this.notesOf(key, given, request)), goesOn]);
    const { counts, options } = this.context;
    counts.discarded += given.length;
    const fields = { consumer: options.consumer, streamId: entry.streamId, events: given.length, reason: request.reason };
    options.logger.warn(fields, 'events of a parked stream are discarded');
    if (isOver) entry.request = { kind: 'redrive', at: request.at };
    if (given.length > 0) entry.isCareful = false;
    this.wentOn(entry, next);
  }

  /** Of the event that had failed it is kept why. */
  private async notesOf(key: ParkedKey, events: readonly StoredEvent[], { reason }: ParkedRequest): Promise<readonly RowChange[]> {
    const { store, consumer, clock, caller } = this.context.options;
    const [row] = await store.readModels.get(PARKED_STREAMS, [{ ...key }], { caller, signal: this.context.abandon });
    const failure = { code: row?.['code'], message: row?.['message'], attempts: row?.['attempts'] };
    const at = new Date(clock.now());
    return events.map((event) => discardChange({ event, consumer, reason, at, ...(event.eventId === row?.['event_id'] && { failure }) }));
  }

  /** Whether the lane has come so far: what lies before it would still be handled. */
  private async isPassed({ position }: HeldCursor, { streamId }: ParkedEntry, version: number): Promise<boolean> {
    const { store, caller } = this.context.options;
    for await (const event of store.readStream(streamId, { fromVersion: version, limit: 1, caller, signal: this.context.abandon })) {
      return position !== undefined && comparePositions(event.position, position) <= 0;
    }
    return true;
  }

  private async waiting({ position }: HeldCursor, { streamId, version }: ParkedEntry, limit: number): Promise<Waiting> {
    const { store, caller } = this.context.options;
    const events: StoredEvent[] = [];
    const page = store.readStream(streamId, { fromVersion: version, limit: limit + 1, caller, signal: this.context.abandon });
    for await (const event of page) {
      if (position === undefined || comparePositions(event.position, position) > 0) break;
      events.push(event);
    }
    return { events: events.slice(0, limit), next: events[limit] };
  }

  private commit(cursor: HeldCursor, changes: readonly RowChange[]): Promise<void> {
    return commitOwn(this.context, { lane: this.lane, token: cursor.token }, changes);
  }

  private policyOf(event: StoredEvent): ResolvedPolicy {
    const { handler, policy } = this.context.options;
    return resolvePolicy(policy, handler.policyOf?.(event));
  }

  private keyOf({ streamId }: ParkedEntry): ParkedKey {
    return { consumer: this.context.options.consumer, shard: this.lane, stream_id: streamId };
  }
}

/** As it is kept in the row of a parked stream. */
export function reasonOf(error: unknown): ParkedReason {
  if (isEventspanError(error, 'HANDLER_TIMED_OUT')) return 'timed-out';
  return isEventspanError(error, 'HANDLER_KILLED') ? 'killed' : 'failed';
}
