import { isEventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { TIMER_NAMES, TIMERS } from '../event-store/messaging-tables.js';
import type { RowChange } from '../event-store/read-models.js';
import type { TimerReference } from '../messaging/outgoing.js';
import { removal, timerEntry, timerKey, timerShardsOf, type MissedOccurrences, type TimerEntry } from './timer-entry.js';

/** A timer that waits. Plain data, fit for JSON. */
export interface ScheduledTimer {
  readonly id: string;
  readonly dueAt: Date;
  /** Wire name of the message. */
  readonly type: string;
  /** JSON text of the message. */
  readonly data: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly missed?: MissedOccurrences;
  readonly createdAt: Date;
  /** Of the process that scheduled it, where one did. */
  readonly process?: { readonly name: string; readonly id: string };
}

export interface ListTimersOptions {
  /** Only those due at or before. Default: all. */
  readonly dueBefore?: Date;
}

/** Who calls, for the counting of RPCs. */
export const CALLER = 'timers';
/** How often what others change meanwhile is looked at again. */
export const MAX_TRIES = 20;

/** The timers of a store that wait: list, cancel. */
export class StoredTimers {
  protected readonly shards: number;

  constructor(private readonly store: EventStore) {
    this.shards = timerShardsOf(store.shardCount);
  }

  /**
   * Takes a timer back; answers false where there is none (any more). By reference 1 Commit; by an id that a user gave 1 Read more; by the id
   * of another timer, all timers of its shard are looked through.
   */
  async cancel(timer: string | TimerReference): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const found = typeof timer === 'string' ? await this.find(timer) : timer;
      if (found === undefined) return false;
      const named: RowChange = { kind: 'delete', table: TIMER_NAMES, row: { timer_id: found.timerId } };
      if (await this.commit([...removal(found, this.shards), named])) return true;
      if (typeof timer !== 'string') return false;
    }
    return false;
  }

  /** By due time. Memory: 500 timers a shard of theirs. */
  async *list({ dueBefore }: ListTimersOptions = {}): AsyncGenerator<ScheduledTimer> {
    const { store } = this;
    const scans = Array.from({ length: this.shards }, (_, shard) => store.readModels.scan(TIMERS, { shard }, { caller: CALLER }));
    const iterators = scans.map((scan) => scan[Symbol.asyncIterator]());
    try {
      const heads = await Promise.all(iterators.map((each) => nextEntry(each)));
      for (let first = earliest(heads); first !== undefined; first = earliest(heads)) {
        const entry = heads[first] as TimerEntry;
        if (dueBefore !== undefined && entry.dueAt.getTime() > dueBefore.getTime()) return;
        yield scheduledTimer(entry);
        heads[first] = await nextEntry(iterators[first] as AsyncIterator<Record<string, unknown>>);
      }
    } finally {
      for (const each of iterators) await each.return?.();
    }
  }

  /** The one that is due first. A Read a shard of timers. */
  async next(): Promise<ScheduledTimer | undefined> {
    const { store } = this;
    const firsts = await Promise.all(
      Array.from({ length: this.shards }, (_, shard) => {
        const range = { from: { shard }, upTo: { shard } };
        return store.readModels.readRanges(TIMERS, [range], { limit: 1, caller: CALLER });
      }),
    );
    const entries = firsts.map(([row]) => row && timerEntry(row));
    const first = earliest(entries);
    return first === undefined ? undefined : scheduledTimer(entries[first] as TimerEntry);
  }

  /** Answers false where a row was not as it was read. */
  protected async commit(changes: readonly RowChange[]): Promise<boolean> {
    const batch = await this.store.readModels.openBatch({ rows: 'stream', caller: CALLER });
    try {
      await batch.commit(changes);
      return true;
    } catch (error) {
      if (isEventspanError(error, 'VIEW_ROW_MISSING') || isEventspanError(error, 'VIEW_ROW_EXISTS')) return false;
      throw error;
    }
  }

  private async find(timerId: string): Promise<TimerReference | undefined> {
    const named = await this.findNamed(timerId);
    if (named !== undefined) return named;
    const { shard } = timerKey({ timerId, dueAt: new Date(0) }, this.shards);
    for await (const row of this.store.readModels.scan(TIMERS, { shard }, { caller: CALLER })) {
      if (row['timer_id'] === timerId) return timerEntry(row);
    }
    return undefined;
  }

  protected async findNamed(timerId: string): Promise<TimerEntry | undefined> {
    const { readModels } = this.store;
    const [name] = await readModels.get(TIMER_NAMES, [{ timer_id: timerId }], { caller: CALLER });
    if (name === undefined) return undefined;
    const [row] = await readModels.get(TIMERS, [timerKey({ timerId, dueAt: name['due_at'] as Date }, this.shards)], { caller: CALLER });
    return row && timerEntry(row);
  }
}

async function nextEntry(rows: AsyncIterator<Readonly<Record<string, unknown>>>): Promise<TimerEntry | undefined> {
  const next = await rows.next();
  return next.done === true ? undefined : timerEntry(next.value);
}

/** Index of the one that is due first. */
function earliest(entries: readonly (TimerEntry | undefined)[]): number | undefined {
  let first: number | undefined;
  entries.forEach((entry, at) => {
    const known = first === undefined ? undefined : entries[first];
    if (entry !== undefined && (known === undefined || entry.dueAt < known.dueAt)) first = at;
  });
  return first;
}

function scheduledTimer(entry: TimerEntry): ScheduledTimer {
  const { timerId: id, dueAt, type, data, recurrence, createdAt } = entry;
  const { processName, processId } = JSON.parse(entry.metadata) as { processName?: string; processId?: string };
  const process = processName === undefined || processId === undefined ? {} : { process: { name: processName, id: processId } };
  return { id, dueAt, type, data, ...recurrence, createdAt, ...process };
}
