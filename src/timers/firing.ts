import { TIMER_NAMES, TIMERS } from '../event-store/messaging-tables.js';
import type { RowChange } from '../event-store/read-models.js';
import type { EventToAppend } from '../event-store/stored-event.js';
import type { Effects } from '../messaging/outgoing.js';
import { derivedId } from '../support/derived-id.js';
import type { TracedEvent } from '../telemetry/traced-event.js';
import { occurrenceAfter } from './cron-schedule.js';
import { firedMetadata } from './message-metadata.js';
import { removal, timerRow, type TimerEntry } from './timer-entry.js';

/** What else has to be in the commit of a message's firing, instead of the message in a stream of its own. By the message's type. */
export type FiringEffects = ReadonlyMap<string, (event: EventToAppend) => Effects>;

export interface FiringOptions {
  readonly shards: number;
  readonly nowMs: number;
  readonly effects: FiringEffects;
}

/** A timer that fires once by this name; each occurrence of a recurring one has its own. User-given ids have no `@`. */
export function occurrenceId({ timerId, dueAt, recurrence }: TimerEntry): string {
  return recurrence === undefined ? timerId : `${timerId}@${dueAt.toISOString()}`;
}

export function timerStreamOf(occurrence: string): string {
  return `eventspan.timer-${occurrence}`;
}

/** Everything of the commit in which a timer fires. Pure. */
export function firingOf(entry: TimerEntry, { shards, nowMs, effects }: FiringOptions): Effects {
  const occurrence = occurrenceId(entry);
  const fired = { time: new Date(nowMs).toISOString(), timerId: entry.timerId, dueAt: entry.dueAt.toISOString() };
  const metadata = firedMetadata(entry.metadata, fired);
  const event: EventToAppend = { eventId: firedEventId(occurrence), type: entry.type, data: entry.data, metadata };
  const own = effects.get(entry.type)?.(event);
  const writes = own?.writes ?? [{ streamId: timerStreamOf(occurrence), expectedVersion: 'none', events: [event] }];
  return { writes, changes: [...afterFiring(entry, { shards, nowMs }), ...(own?.changes ?? [])] };
}

/** What tracing has to know of the message. */
export function tracedFiring(entry: TimerEntry): TracedEvent {
  const { type, metadata } = entry;
  const occurrence = occurrenceId(entry);
  return { eventId: firedEventId(occurrence), type, streamId: timerStreamOf(occurrence), metadata };
}

function firedEventId(occurrence: string): string {
  return derivedId(`timer-fired/${occurrence}`);
}

/** The row is taken away, and the next occurrence put where there is one. */
export function afterFiring(entry: TimerEntry, { shards, nowMs }: Omit<FiringOptions, 'effects'>): readonly RowChange[] {
  const { timerId, recurrence, isNamed } = entry;
  const dueAt = recurrence && occurrenceAfter(recurrence, entry.dueAt, nowMs);
  const removed = removal(entry, shards);
  if (dueAt !== undefined) {
    const next: RowChange = { kind: 'insert', table: TIMERS, row: timerRow({ ...entry, dueAt }, shards) };
    return [...removed, next, { kind: 'upsert', table: TIMER_NAMES, row: { timer_id: timerId, due_at: dueAt } }];
  }
  return isNamed ? [...removed, { kind: 'delete', table: TIMER_NAMES, row: { timer_id: timerId } }] : removed;
}
