import type { GenerationComparison } from './generation-comparison.js';
import type { GenerationRecord, GenerationState, ShardTotals, StoredProgress, SwitchMode } from './generation-record.js';

/** How far one shard is filled. */
export interface ShardProgress {
  readonly shard: number;
  readonly done: number;
  readonly total: number;
}

/** A rebuild as one can show it. Plain data, fit for JSON. */
export interface RebuildProgress {
  readonly version: number;
  readonly run: number;
  readonly state: GenerationState;
  /** RFC 3339: since when it is in this state. */
  readonly since: string;
  readonly switchMode: SwitchMode;
  readonly events: { readonly done: number; readonly total: number };
  /** Events a second over the last seconds; 0 when nothing moves. */
  readonly rate: number;
  /** Milliseconds until everything is filled at that rate; absent when it is not known. */
  readonly etaMs?: number;
  /** Ascending; only shards that had events. */
  readonly shards: readonly ShardProgress[];
  readonly comparison?: GenerationComparison;
  /** Why it failed, or waits for an operator. */
  readonly reason?: { readonly code: string; readonly message: string };
}

const FILLED: ReadonlySet<GenerationState> = new Set(['catching-up', 'ready', 'live', 'retired']);

/** What a generation's row says of its filling. */
export function progressOf(record: GenerationRecord): RebuildProgress {
  const { version, run, state, switchMode, comparison } = record;
  const total = record.eventsTotal ?? 0;
  const shards = shardsOf(record.totals ?? {}, record.progress, FILLED.has(state));
  const done = shards.reduce((sum, shard) => sum + shard.done, 0);
  const rate = rateOf(record);
  return {
    version,
    run,
    state,
    since: record.changedAt.toISOString(),
    switchMode,
    events: { done, total },
    rate,
    ...(rate > 0 && { etaMs: Math.round(((total - done) / rate) * 1_000) }),
    shards,
    ...(comparison !== null && { comparison }),
    ...reasonOf(record),
  };
}

/** Why a generation failed, or waits for an operator. */
export function reasonOf({ code, message }: Pick<GenerationRecord, 'code' | 'message'>): Pick<RebuildProgress, 'reason'> {
  return code === null ? {} : { reason: { code, message: message ?? '' } };
}

function rateOf({ state, progress }: GenerationRecord): number {
  return state === 'filling' && progress !== null ? progress.rate : 0;
}

/** Counts go on after the filling, and a kill loses the last second's: neither is shown as more or less than all. */
function shardsOf(totals: ShardTotals, progress: StoredProgress | null, isFilled: boolean): readonly ShardProgress[] {
  return Object.entries(totals)
    .map(([shard, total]) => ({ shard: Number(shard), total, done: isFilled ? total : Math.min(total, progress?.shards[shard] ?? 0) }))
    .toSorted((a, b) => a.shard - b.shard);
}

/** Milliseconds over which the rate is taken. */
const WINDOW_MS = 10_000;

/** Counts events by shard from where the last owner's note ended, and how fast they come. */
export class ProgressMeter {
  private readonly samples: { readonly at: number; readonly done: number }[] = [];

  constructor(private readonly before: StoredProgress | null) {}

  /** The state to note, given what this process has done by shard. */
  measure(counts: ReadonlyMap<number, number>, now: number): StoredProgress {
    const shards: Record<string, number> = { ...this.before?.shards };
    for (const [shard, count] of counts) shards[shard] = (this.before?.shards[shard] ?? 0) + count;
    const done = Object.values(shards).reduce((sum, each) => sum + each, 0);
    return { done, shards, rate: this.rateAt(now, done) };
  }

  private rateAt(at: number, done: number): number {
    this.samples.push({ at, done });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    return first === undefined || at === first.at ? 0 : Math.round(((done - first.done) * 1_000) / (at - first.at));
  }
}
