import { TIMERS } from '../event-store/messaging-tables.js';
import type { Row, RowChange } from '../event-store/read-models.js';
import { shardOf } from '../event-store/shard.js';

/** What becomes of the occurrences that were missed while no process fired timers: one for all of them, or each. */
export type MissedOccurrences = 'once' | 'all';

/** When a timer comes again. */
export interface Recurrence {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly missed: MissedOccurrences;
}

/** A timer as its row says. */
export interface TimerEntry {
  readonly timerId: string;
  readonly dueAt: Date;
  readonly type: string;
  /** JSON text of the message. */
  readonly data: string;
  /** JSON text; `time`, `timerId` and `dueAt` are set when it fires. */
  readonly metadata: string;
  readonly recurrence?: Recurrence;
  /** Whether a user gave it its id. */
  readonly isNamed: boolean;
  readonly createdAt: Date;
}

/** Shards of the timers' table at most. Few, so that one look at all of them is one read. */
const MAX_TIMER_SHARDS = 4;

/** The same for all processes on a store, and for good. */
export function timerShardsOf(storeShards: number): number {
  return Math.min(MAX_TIMER_SHARDS, storeShards);
}

/** The key of a timer's row. */
export function timerKey({ timerId, dueAt }: Pick<TimerEntry, 'timerId' | 'dueAt'>, shards: number): Row {
  return { shard: shardOf(timerId, shards), due_at: dueAt, timer_id: timerId };
}

export function timerRow(entry: TimerEntry, shards: number): Row {
  const { type, data, metadata, recurrence, isNamed, createdAt } = entry;
  const recurring = recurrence && { cron: recurrence.cron, time_zone: recurrence.timeZone, missed: recurrence.missed };
  return { ...timerKey(entry, shards), type, data, metadata, ...recurring, named: isNamed, created_at: createdAt };
}

/** What {@link timerRow} made. */
export function timerEntry(row: Row): TimerEntry {
  const { timer_id, due_at, type, data, metadata, cron, time_zone, missed, named, created_at } = row as unknown as StoredRow;
  const recurrence = cron === null ? undefined : { cron, timeZone: time_zone, missed };
  const times = { dueAt: due_at, createdAt: created_at };
  return { timerId: timer_id, type, data, metadata, ...(recurrence && { recurrence }), isNamed: named, ...times };
}

/** Removes the row, and with it everything else of the commit where it is not there any more: a blind delete would not notice. */
export function removal(entry: Pick<TimerEntry, 'timerId' | 'dueAt'>, shards: number): readonly RowChange[] {
  const row = timerKey(entry, shards);
  return [
    { kind: 'update', table: TIMERS, row },
    { kind: 'delete', table: TIMERS, row },
  ];
}

interface StoredRow {
  readonly timer_id: string;
  readonly due_at: Date;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly cron: string | null;
  readonly time_zone: string;
  readonly missed: MissedOccurrences;
  readonly named: boolean;
  readonly created_at: Date;
}
