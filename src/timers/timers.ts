import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { checkOneOf } from '../errors/check-option.js';
import type { EventStore } from '../event-store/event-store.js';
import { TIMER_NAMES, TIMERS } from '../event-store/messaging-tables.js';
import type { RowChange } from '../event-store/read-models.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import { nextOccurrence } from './cron-schedule.js';
import { dueTime } from './due-time.js';
import { timerStreamOf } from './firing.js';
import { scheduledMetadata } from './message-metadata.js';
import type { StoreClock } from './store-clock.js';
import { removal, timerRow, type MissedOccurrences, type TimerEntry } from './timer-entry.js';
import { CALLER, MAX_TRIES, StoredTimers } from './stored-timers.js';

/** Again and again, by a cron expression of five fields (minute hour day month weekday) or six (seconds before them). */
export interface RecurringDue {
  readonly cron: string;
  /** IANA name, default `UTC`. */
  readonly timeZone?: string;
  /** What becomes of occurrences that were missed while no process fired timers. Default `once`: one for all of them. */
  readonly missed?: MissedOccurrences;
}

export type ScheduleRequest = {
  /** An instance of a registered `@Event` class. */
  readonly message: object;
  /**
   * 1..100 letters, digits, dots, dashes, underscores or colons. A second timer with it is not scheduled: of one that recurs, what is new
   * replaces what is there. Default: a new id; required with `cron`.
   */
  readonly id?: string;
  /** Goes before the context that it is scheduled in. Default: that, or a new correlation id. */
  readonly metadata?: Partial<CommonMetadata>;
} & (TimerDue | RecurringDue);

export interface Scheduled extends TimerReference {
  /** False where a timer of this id was there already, as it was to be, or has fired. */
  readonly isNew: boolean;
}

export interface TimersOptions {
  readonly store: EventStore;
  readonly events: Pick<EventRegistry, 'serialize'>;
  readonly source: string;
  readonly storeClock: StoreClock;
  readonly ids: IdGenerator;
  /** Correlation, actor and trace of the code that schedules. Default: none. */
  readonly context?: () => object & { readonly correlationId?: string };
  /** Told when a new timer is due. Default: nobody. */
  readonly onScheduled?: (dueAtMs: number) => void;
}

const ID = /^[\w.:-]{1,100}$/;
const DEFAULT_ZONE = 'UTC';
const MISSED: readonly MissedOccurrences[] = ['once', 'all'];
/** The store's time is asked for when what is known of it is older. */
const CLOCK_AGE_MS = 60_000;
/** Commits of unknown outcome in a row. */
const MAX_UNKNOWN = 5;

/**
 * Timers from outside of handlers. They are rows of the store, so that they outlive every process; whichever process with the role `timers` is
 * there fires them.
 */
export class Timers extends StoredTimers {
  constructor(private readonly options: TimersOptions) {
    super(options.store);
  }

  /**
   * Schedules a message: 1 Commit; with an id 3 Reads before it, and at most once a minute 1 Read of the store's time, from which `in` counts.
   * Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID`, `CRON_INVALID`, as the payload's codec, and the store's errors; after
   * `OUTCOME_UNKNOWN` the same call with the same id is safe.
   */
  async schedule(request: ScheduleRequest): Promise<Scheduled> {
    await this.learnTime();
    const entry = this.entryOf(request);
    const scheduled = request.id === undefined ? await this.scheduleOnce(entry) : await this.scheduleNamed(entry);
    if (scheduled.isNew) this.options.onScheduled?.(scheduled.dueAt.getTime());
    return scheduled;
  }

  private entryOf(request: ScheduleRequest): TimerEntry {
    const { events, source, storeClock, ids } = this.options;
    const timerId = request.id ?? ids();
    if (!ID.test(timerId)) refuse('timer.id', timerId, 'of 1 to 100 letters, digits, dots, dashes, underscores or colons');
    const createdAt = new Date(storeClock.now());
    const { type, data, schemaVersion } = events.serialize(request.message);
    const given = { ...this.options.context?.(), ...request.metadata };
    const common = { ...given, correlationId: given.correlationId ?? ids() };
    const metadata = scheduledMetadata(common, undefined, { schemaVersion, source, time: createdAt.toISOString() });
    const fixed = { timerId, type, data, metadata, isNamed: request.id !== undefined, createdAt };
    if (!('cron' in request)) return { ...fixed, dueAt: dueTime(request, createdAt.getTime()) };
    if (request.id === undefined) refuse('timer.id', 'none', 'given with cron');
    const { cron, timeZone = DEFAULT_ZONE, missed = 'once' } = request;
    const recurrence = { cron, timeZone, missed: checkOneOf('timer.missed', missed, MISSED) };
    const dueAt = nextOccurrence(recurrence, createdAt.getTime());
    if (dueAt === undefined) throw new EventspanError('CRON_INVALID', { cron, timeZone, reason: 'it names no time to come' });
    return { ...fixed, dueAt, recurrence };
  }

  /** Its id is new, so that its row, where there is one, is its own: what is sent again after an unknown outcome does no harm. */
  private async scheduleOnce(entry: TimerEntry): Promise<Scheduled> {
    for (let tries = 1; ; tries++) {
      try {
        return { ...(await this.insert(entry, [])), isNew: true };
      } catch (error) {
        if (!isEventspanError(error, 'OUTCOME_UNKNOWN') || tries === MAX_UNKNOWN) throw error;
      }
    }
  }

  private async scheduleNamed(entry: TimerEntry): Promise<Scheduled> {
    const { timerId, dueAt } = entry;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = await this.findNamed(timerId);
      if (known === undefined && (await this.hasFired(entry))) return { timerId, dueAt, isNew: false };
      if (known !== undefined && !isReplaced(known, entry)) return { timerId, dueAt: known.dueAt, isNew: false };
      const replaced = known === undefined ? [] : removal(known, this.shards);
      const kind = known === undefined ? 'insert' : 'update';
      const name: RowChange = { kind, table: TIMER_NAMES, row: { timer_id: timerId, due_at: dueAt } };
      const scheduled = await this.insert(entry, [...replaced, name]);
      if (scheduled.isNew) return scheduled;
    }
    throw new EventspanError('BATCH_ABORTED', { reason: `the timer ${timerId} is scheduled in other places again and again` });
  }

  private async insert(entry: TimerEntry, before: readonly RowChange[]): Promise<Scheduled> {
    const { timerId, dueAt } = entry;
    const isNew = await this.commit([...before, { kind: 'insert', table: TIMERS, row: timerRow(entry, this.shards) }]);
    return { timerId, dueAt, isNew };
  }

  private async hasFired({ timerId, recurrence }: TimerEntry): Promise<boolean> {
    if (recurrence !== undefined) return false;
    const { version } = await this.options.store.load(timerStreamOf(timerId), { caller: CALLER });
    return version > 0;
  }

  private async learnTime(): Promise<void> {
    const { storeClock, store } = this.options;
    if (storeClock.ageMs > CLOCK_AGE_MS) storeClock.learn(await store.currentTime({ caller: CALLER }));
  }
}

/** A timer that fires once stays as it was first scheduled; one that recurs is what was scheduled last. */
function isReplaced(known: TimerEntry, wanted: TimerEntry): boolean {
  const { recurrence } = wanted;
  if (recurrence === undefined) return false;
  const isSame = known.type === wanted.type && known.data === wanted.data && known.recurrence !== undefined;
  return !isSame || JSON.stringify(Object.entries(known.recurrence)) !== JSON.stringify(Object.entries(recurrence));
}

function refuse(path: string, value: string, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
