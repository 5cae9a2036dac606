import { TIMERS } from '../event-store/messaging-tables.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { Effects, Origin, Outgoing, OutgoingTimer, TimerDue, TimerReference } from '../messaging/outgoing.js';
import { derivedId } from '../support/derived-id.js';
import { dueTime } from './due-time.js';
import { scheduledMetadata } from './message-metadata.js';
import { timerKey, timerRow, type TimerEntry } from './timer-entry.js';

export interface OutgoingTimersOptions {
  readonly events: Pick<EventRegistry, 'serialize'>;
  /** `metadata.source` of the messages. */
  readonly source: string;
  /** Shards of the timers' table, as `timerShardsOf` says. */
  readonly shards: number;
  /** The time that `in` counts from, in milliseconds; a {@link StoreClock}'s, where the process has one. */
  readonly now: () => number;
  /** Told when a timer of this process will be due; its row is not committed yet. Default: nobody. */
  readonly onScheduled?: (dueAtMs: number) => void;
}

/**
 * The timers of {@link Outgoing}: what the sender's commit must hold. The id is made of the origin, so that what is done again schedules
 * the same timer, which fires once.
 */
export class OutgoingTimers implements Pick<Outgoing, 'timer' | 'cancelTimer'> {
  constructor(private readonly options: OutgoingTimersOptions) {}

  /** Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID` (`timer.in`, `timer.at`), and as the registry's `serialize` and the metadata's text. */
  timer(message: object, due: TimerDue, origin: Origin): OutgoingTimer {
    const { events, now, source } = this.options;
    const { type, data, schemaVersion } = events.serialize(message);
    const createdAt = new Date(now());
    const fields = { schemaVersion, source, time: createdAt.toISOString() };
    const metadata = scheduledMetadata(origin.metadata, origin.process, fields);
    const timerId = derivedId(`timer/${origin.id}/${origin.ordinal}`);
    return this.entry({ timerId, dueAt: dueTime(due, createdAt.getTime()), type, data, metadata, isNamed: false, createdAt });
  }

  cancelTimer(timer: TimerReference): Effects {
    return { writes: [], changes: [{ kind: 'delete', table: TIMERS, row: timerKey(timer, this.options.shards) }] };
  }

  /** The time that `in` counts from, in milliseconds. */
  now(): number {
    return this.options.now();
  }

  /** A timer whose message is serialised already: one of Eventspan's own. */
  entry(entry: TimerEntry): OutgoingTimer {
    const { shards, onScheduled } = this.options;
    const { timerId, dueAt } = entry;
    onScheduled?.(dueAt.getTime());
    return { timerId, dueAt, writes: [], changes: [{ kind: 'insert', table: TIMERS, row: timerRow(entry, shards) }] };
  }
}
