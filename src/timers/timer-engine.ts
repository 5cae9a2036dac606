import type { AppendResult } from '../event-store/append.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { TIMERS } from '../event-store/messaging-tables.js';
import { shardOf } from '../event-store/shard.js';
import { Nap } from '../subscriptions/nap.js';
import { orAbort } from '../support/abort.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { shuffled, type Random } from '../support/random.js';
import { within } from '../support/within.js';
import type { Logger } from '../telemetry/logger.js';
import type { Observe } from '../telemetry/metrics.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { loopVitals, type Vitals } from '../telemetry/vitals.js';
import { cutFirings, FireTimers } from './fire-timers.js';
import type { FiringEffects } from './firing.js';
import { planFire, planLook } from './plan-look.js';
import type { StoreClock } from './store-clock.js';
import { timerEntry, timerShardsOf, type TimerEntry } from './timer-entry.js';
import { TimerLeases } from './timer-leases.js';
import { resolveTimerTuning, type TimerTuning } from './timer-options.js';

export interface TimerEngineOptions extends Partial<TimerTuning> {
  readonly store: EventStore;
  /** Names this process in the cursors. No other living process has the same. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What this process knows of the store's time; the engine keeps it up to date. */
  readonly storeClock: StoreClock;
  readonly effects: FiringEffects;
  /** Told after every append of messages. */
  readonly onFired?: (result: AppendResult) => void;
  /** Default: silent. */
  readonly telemetry?: Telemetry;
}

/** What the timers of one process are doing. Plain data, fit for JSON. */
export interface TimerEngineStatus {
  readonly state: 'stopped' | 'running' | 'stopping';
  /** Shards of timers that this process fires first. */
  readonly shards: readonly number[];
  readonly fired: number;
  /** Of those, how many lay in shards of others. */
  readonly rescued: number;
  /** Timers that could not fire; they are tried again every 30 s. */
  readonly failed: number;
  /** Due and not fired, as of the last look. */
  readonly due: number;
  /** Milliseconds from due to committed, the most so far, by the store's time. */
  readonly maxLateMs: number;
  readonly lastError?: string;
}

const CALLER = 'timers';
/** Timers of one look. */
const PAGE = 1_000;
const BATCH_CHARACTERS = 4_000_000;
const FAILED_RETRY_MS = 30_000;
const STORE_BACKOFF: Backoff = { initialMs: 50, factor: 2, maxMs: 500 };
const FAREWELL_MS = 2_000;

/**
 * Fires timers when they are due, together with the engines of other processes: each fires once, since its row is taken away in the commit
 * that appends its message.
 *
 * Every process looks at all shards. In those that it holds it fires what is due at its time; in others what is overdue by `graceMs`, so that
 * a timer is late by less than `graceMs + pollMs` and one commit while any process lives, also when the one that holds its shard has ended or
 * hangs. Nothing fires before its time by the store's clock, whatever the machine's says, as far as the machine's does not jump within a
 * third of `leaseMs`.
 *
 * Cost: 1 Read a look (`pollMs`, and at the time of each timer found), 1 Commit a batch; every third of `leaseMs` 1 Read and 1 Commit. Memory:
 * 1,000 timers. Throws `OPTION_INVALID` when constructed; faults of the store show in {@link status} and never throw.
 */
export class TimerEngine {
  readonly name = 'timers';
  private readonly tuning: TimerTuning;
  private readonly shards: number;
  private readonly leases: TimerLeases;
  private readonly firing: FireTimers;
  private readonly failing = new Map<string, number>();
  private closing = new AbortController();
  private abandon = new AbortController();
  private nap: Nap;
  private running: Promise<void> | undefined;
  private wakeAtMs = Infinity;
  private restsUntilMs = 0;
  private readonly counts = { fired: 0, rescued: 0, failed: 0, maxLateMs: 0 };
  private wasCut = false;
  /** When those that are due and were not fired were due, the first one first. */
  private due: readonly Date[] = [];
  private turnedAtMs: number | undefined;
  private lastError: string | undefined;

  constructor(private readonly options: TimerEngineOptions) {
    this.tuning = resolveTimerTuning(options);
    const { store, owner, clock, storeClock, effects, telemetry = silentTelemetry } = options;
    this.shards = timerShardsOf(store.shardCount);
    const { leaseMs } = this.tuning;
    this.leases = new TimerLeases({ cursors: store.cursors, owner, shards: this.shards, leaseMs, clock, storeClock });
    this.firing = new FireTimers({
      store,
      shards: this.shards,
      effects,
      tracing: telemetry.tracing,
      now: () => storeClock.now(),
      onFired: (result, entries) => this.noteFired(result, entries),
      onFailed: (entry, error) => this.noteFailed(entry, error),
    });
    this.nap = new Nap(clock, this.closing.signal);
  }

  /** Begins in the background; does nothing while it runs. May be called again after `stop`. */
  async start(): Promise<void> {
    if (this.running !== undefined) return;
    this.closing = new AbortController();
    this.abandon = new AbortController();
    this.nap = new Nap(this.options.clock, this.closing.signal);
    this.due = [];
    this.running = this.run();
  }

  /** Says that a timer will be due then, so that it fires without waiting for the next look. */
  nudge(dueAtMs: number): void {
    this.wakeAtMs = Math.min(this.wakeAtMs, dueAtMs);
    if (dueAtMs < this.restsUntilMs) this.nap.end();
  }

  /** Finishes the commit in hand, or gives it up after `deadlineMs`, and releases the shards. Idempotent. Never throws. */
  async stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.closing.abort(new Error('the timers stop'));
    if (!(await within(this.options.clock, deadlineMs, running))) this.abandon.abort(new Error('the timers were told to stop at once'));
    await running;
    if (this.running === running) this.running = undefined;
  }

  status(): TimerEngineStatus {
    const state = this.running === undefined ? 'stopped' : this.closing.signal.aborted ? 'stopping' : 'running';
    return {
      state,
      shards: [...this.leases.shards].toSorted((a, b) => a - b),
      ...this.counts,
      due: this.due.length,
      ...(this.lastError !== undefined && { lastError: this.lastError }),
    };
  }

  signals(observe: Observe): void {
    const [first] = this.due;
    observe('eventspan.timers.fired', this.counts.fired);
    observe('eventspan.timers.due', this.due.length);
    const lagMs = first === undefined ? 0 : this.options.storeClock.now() - first.getTime();
    observe('eventspan.timers.lag.seconds', Math.max(0, lagMs) / 1_000);
  }

  vitals(): readonly Vitals[] {
    const turnedAtMs = this.status().state === 'running' ? this.turnedAtMs : undefined;
    return [loopVitals({ name: this.name, leaseMs: this.tuning.leaseMs, turnedAtMs })];
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.closing.signal.aborted;) {
      this.turnedAtMs = this.options.clock.now();
      try {
        await orAbort(this.leases.check(this.call()), this.abandon.signal);
        if (!(await orAbort(this.look(), this.abandon.signal))) await this.rest();
        failures = 0;
      } catch (error) {
        if (this.closing.signal.aborted) break;
        this.fault(error);
        await this.nap.take(nextDelayMs(STORE_BACKOFF, ++failures, this.options.random));
      }
    }
    await this.farewell();
  }

  /** Fires what is due; answers whether there may be more of it. */
  private async look(): Promise<boolean> {
    const { store, storeClock } = this.options;
    const { pollMs, graceMs } = this.tuning;
    const askedMs = storeClock.now();
    if (this.wakeAtMs <= askedMs) this.wakeAtMs = Infinity;
    const aheadMs = this.wasCut ? 0 : pollMs;
    const ranges = planLook({ shards: this.shards, held: this.leases.shards, nowMs: askedMs, aheadMs, graceMs });
    const rows = await store.readModels.readRanges(TIMERS, ranges, { ...this.call(), limit: PAGE });
    const { due, nextDueMs = Infinity } = planFire(rows.map(timerEntry), storeClock.now());
    this.wakeAtMs = Math.min(this.wakeAtMs, nextDueMs);
    this.wasCut = rows.length === PAGE;
    const healthy = due.filter((entry) => this.mayFire(entry));
    this.due = due.map(({ dueAt }) => dueAt);
    await this.fireAll(healthy);
    this.due = due.filter(({ timerId }) => this.failing.has(timerId)).map(({ dueAt }) => dueAt);
    return this.wasCut && (healthy.length > 0 || aheadMs > 0);
  }

  private async fireAll(entries: readonly TimerEntry[]): Promise<void> {
    const bounds = { timers: this.tuning.batchSize, characters: BATCH_CHARACTERS };
    const own = entries.filter((entry) => this.isHeld(entry));
    const others = entries.filter((entry) => !this.isHeld(entry));
    // Whoever else helps out begins elsewhere, so that two meet late.
    for (const batch of [...cutFirings(own, bounds), ...shuffled(cutFirings(others, bounds), this.options.random)]) {
      if (this.closing.signal.aborted) return;
      await this.firing.fire(batch, this.call());
    }
  }

  private async rest(): Promise<void> {
    const { storeClock } = this.options;
    const ms = Math.ceil(Math.max(1, Math.min(this.tuning.pollMs, this.wakeAtMs - storeClock.now(), this.leases.restMs())));
    this.restsUntilMs = storeClock.now() + ms;
    await this.nap.take(ms);
    this.restsUntilMs = 0;
  }

  private isHeld({ timerId }: TimerEntry): boolean {
    return this.leases.shards.has(shardOf(timerId, this.shards));
  }

  private mayFire({ timerId }: TimerEntry): boolean {
    const retryAtMs = this.failing.get(timerId);
    if (retryAtMs !== undefined && retryAtMs > this.options.clock.now()) return false;
    this.failing.delete(timerId);
    return true;
  }

  private noteFired(result: AppendResult, entries: readonly TimerEntry[]): void {
    this.counts.fired += entries.length;
    this.counts.rescued += entries.filter((entry) => !this.isHeld(entry)).length;
    const firedAtMs = Date.parse(result.commitTime);
    for (const { dueAt } of entries) {
      const lateMs = firedAtMs - dueAt.getTime();
      this.counts.maxLateMs = Math.max(this.counts.maxLateMs, lateMs);
      this.options.telemetry?.metrics.record('eventspan.timers.delay.seconds', lateMs / 1_000);
    }
    this.options.onFired?.(result);
  }

  /** It stays, and must not hold up the others. */
  private noteFailed(entry: TimerEntry, error: unknown): void {
    this.counts.failed++;
    this.failing.set(entry.timerId, this.options.clock.now() + FAILED_RETRY_MS);
    this.lastError = messageOf(error);
    this.options.logger.error({ timerId: entry.timerId, type: entry.type, err: error }, `a timer cannot fire: ${this.lastError}`);
  }

  private fault(error: unknown): void {
    this.lastError = messageOf(error);
    this.options.logger.warn({ err: error }, `timers: ${this.lastError}`);
  }

  private call(): CallOptions {
    return { caller: CALLER, signal: this.abandon.signal };
  }

  private async farewell(): Promise<void> {
    const { clock, logger } = this.options;
    const release = this.leases.release({ caller: CALLER, deadlineMs: FAREWELL_MS });
    const isDone = await within(clock, FAREWELL_MS, release).catch(() => false);
    if (!isDone) logger.warn({}, 'timers: the shards were not released; their leases run out by themselves');
  }
}
