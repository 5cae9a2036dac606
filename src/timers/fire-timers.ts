import { isEventspanError } from '../errors/eventspan-error.js';
import type { ErrorCode } from '../errors/codes.js';
import type { AppendResult } from '../event-store/append.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { TIMERS } from '../event-store/messaging-tables.js';
import type { Tracing } from '../telemetry/tracing.js';
import { afterFiring, firingOf, occurrenceId, tracedFiring, type FiringEffects } from './firing.js';
import { TIMERS_CONSUMER } from './timer-leases.js';
import { timerKey, type TimerEntry } from './timer-entry.js';

export interface FireTimersOptions {
  readonly store: EventStore;
  readonly shards: number;
  readonly effects: FiringEffects;
  readonly tracing: Tracing;
  /** The store's time, in milliseconds. */
  readonly now: () => number;
  /** Told of every append of messages. */
  readonly onFired: (result: AppendResult, entries: readonly TimerEntry[]) => void;
  /** Told of a timer that cannot fire; its row stays. */
  readonly onFailed: (entry: TimerEntry, error: unknown) => void;
}

/** Another process was faster, or the timer was cancelled, for at least one of a commit's timers. */
const OVERTAKEN: readonly ErrorCode[] = ['VIEW_ROW_MISSING', 'VIEW_ROW_EXISTS', 'VERSION_CONFLICT', 'STREAM_CLOSED'];

/**
 * Fires timers, several in one commit: the rows are taken away and the messages appended, or nothing. Ids of events are made of the timer's,
 * so that whatever is sent again, from here or from another process, is known for what it is.
 */
export class FireTimers {
  constructor(private readonly options: FireTimersOptions) {}

  /** 1 Commit where nobody else works on them. Throws the store's retryable errors; each timer has then fired once or not yet. */
  async fire(entries: readonly TimerEntry[], call: CallOptions): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    try {
      await this.traced(entries, () => this.commit(entries, call));
    } catch (error) {
      if (!isOvertaken(error) && isEventspanError(error) && error.retryable) throw error;
      if (entries.length === 1) await this.settle(first, error, call);
      else await this.fireRest(entries, call);
    }
  }

  /** The messages hang from what scheduled them, not from here: several timers fire in one commit. */
  private traced(entries: readonly TimerEntry[], commit: () => Promise<void>): Promise<void> {
    const { tracing } = this.options;
    return tracing.isOn ? tracing.handling({ consumer: TIMERS_CONSUMER, event: entries.map(tracedFiring) }, commit) : commit();
  }

  private async commit(entries: readonly TimerEntry[], call: CallOptions): Promise<void> {
    const { store, now, shards, effects, onFired } = this.options;
    const nowMs = now();
    const firings = entries.map((entry) => firingOf(entry, { shards, nowMs, effects }));
    const request = { writes: firings.flatMap(({ writes }) => writes), changes: firings.flatMap(({ changes }) => changes) };
    const result = await store.append(request, call);
    // The same messages in the log may come of other rows: a timer that was scheduled twice has two, and fires once.
    if (result.repeated) await this.removeLeft(entries, call);
    else onFired(result, entries);
  }

  /** One of them stands in the others' way: those that are gone are left out; if none is, each goes alone. */
  private async fireRest(entries: readonly TimerEntry[], call: CallOptions): Promise<void> {
    const left = await this.present(entries, call);
    if (left.length < entries.length) return this.fire(left, call);
    for (const entry of left) await this.fire([entry], call);
  }

  private async settle(entry: TimerEntry, error: unknown, call: CallOptions): Promise<void> {
    if (!isOvertaken(error)) return this.options.onFailed(entry, error);
    const isDone = !isEventspanError(error, 'VIEW_ROW_MISSING');
    if (isDone) await this.removeLeft([entry], call);
  }

  /** Rows whose messages are in the log already. */
  private async removeLeft(entries: readonly TimerEntry[], call: CallOptions): Promise<void> {
    const { store, shards, now } = this.options;
    for (const entry of await this.present(entries, call)) {
      const batch = await store.readModels.openBatch({ ...call, rows: 'stream' });
      await batch.commit(afterFiring(entry, { shards, nowMs: now() })).catch((error: unknown) => {
        if (!isEventspanError(error, 'VIEW_ROW_MISSING')) throw error;
      });
    }
  }

  private async present(entries: readonly TimerEntry[], call: CallOptions): Promise<readonly TimerEntry[]> {
    const { store, shards } = this.options;
    const keys = entries.map((entry) => timerKey(entry, shards));
    const rows = await store.readModels.get(TIMERS, keys, call);
    return entries.filter((_, at) => rows[at] !== undefined);
  }
}

function isOvertaken(error: unknown): boolean {
  return OVERTAKEN.some((code) => isEventspanError(error, code));
}

/** In order, bounded by count and by characters; two rows of one occurrence never in one batch. Pure. */
export function cutFirings(
  entries: readonly TimerEntry[],
  bounds: { readonly timers: number; readonly characters: number },
): TimerEntry[][] {
  const batches: TimerEntry[][] = [];
  let names = new Set<string>();
  let characters = 0;
  for (const entry of entries) {
    const size = entry.data.length + entry.metadata.length;
    const last = batches.at(-1);
    const isFull = last === undefined || last.length >= bounds.timers || characters + size > bounds.characters;
    if (isFull || names.has(occurrenceId(entry))) {
      batches.push([entry]);
      names = new Set();
      characters = 0;
    } else last.push(entry);
    names.add(occurrenceId(entry));
    characters += size;
  }
  return batches;
}
