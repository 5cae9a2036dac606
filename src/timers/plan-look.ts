import type { RowRange } from '../event-store/read-models.js';
import type { TimerEntry } from './timer-entry.js';

/** What a look at the timers goes by. */
export interface LookPlan {
  readonly shards: number;
  readonly held: ReadonlySet<number>;
  /** The store's time. */
  readonly nowMs: number;
  /** How far into the future to look for timers of the shards that are held. */
  readonly aheadMs: number;
  readonly graceMs: number;
}

/** The rows to read: of held shards those due soon, of others' those that should have fired. Pure. */
export function planLook({ shards, held, nowMs, aheadMs, graceMs }: LookPlan): readonly RowRange[] {
  return Array.from({ length: shards }, (_, shard) => {
    const upToMs = held.has(shard) ? nowMs + aheadMs : nowMs - graceMs;
    return { from: { shard }, upTo: { shard, due_at: new Date(Math.max(0, upToMs)) } };
  });
}

/** What a look found. */
export interface Look {
  readonly due: readonly TimerEntry[];
  /** When the first of the others is due. */
  readonly nextDueMs: number | undefined;
}

/** Pure. Due ones first by time, so that the latest of them is as little late as can be. */
export function planFire(entries: readonly TimerEntry[], nowMs: number): Look {
  const sorted = entries.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  const due = sorted.filter(({ dueAt }) => dueAt.getTime() <= nowMs);
  return { due, nextDueMs: sorted[due.length]?.dueAt.getTime() };
}
