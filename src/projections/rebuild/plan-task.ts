import { isRollback, type GenerationRecord } from './generation-record.js';
import { liveOf, underWayOf, type Generations } from './plan-generations.js';
import { compareGenerationAge } from '../generation.js';

/** The next thing to do for a projector's generations. */
export type RebuildTask = {
  readonly kind: 'cancel' | 'clean' | 'fill' | 'compare' | 'follow' | 'announce' | 'switch' | 'go-back';
  readonly generation: GenerationRecord;
};

/** What the process can do, and the time. */
export interface TaskSituation {
  /** Versions whose code is here. */
  readonly versions: ReadonlySet<number>;
  readonly now: number;
  /** Milliseconds in which other processes get to know that a generation is not used any more. */
  readonly graceMs: number;
}

/**
 * Pure. What whoever carries rebuilds out does next; undefined when there is nothing to do here. It is planned anew from the rows after each
 * step, so that any process can go on where another was killed.
 */
export function planTask(generations: Generations, situation: TaskSituation): RebuildTask | undefined {
  const running = underWayOf(generations);
  if (running?.request === 'cancel') return { kind: 'cancel', generation: running };
  const unclean = generations.find((record) => isToBeCleaned(record, situation));
  if (unclean !== undefined) return { kind: 'clean', generation: unclean };
  if (running === undefined || !situation.versions.has(running.version)) return undefined;
  return { kind: kindFor(running, generations), generation: running };
}

/** Pure. Why a generation that is ready does not become live by itself; undefined when it does. */
export function reasonToWait(record: GenerationRecord, live: GenerationRecord | undefined): { readonly code: string | null } | undefined {
  if (isRollback(record)) return undefined;
  if (live !== undefined && compareGenerationAge(record, live) < 0) return { code: null };
  return reasonInComparison(record);
}

function reasonInComparison({ comparison, switchMode }: GenerationRecord): { readonly code: string | null } | undefined {
  if (comparison !== null && comparison.parkedOnlyInNew.length > 0) return { code: 'REBUILD_PARKED' };
  if (switchMode === 'manual') return { code: null };
  return switchMode === 'when-equal' && comparison?.equal !== true ? { code: 'REBUILD_DIFFERS' } : undefined;
}

function kindFor(running: GenerationRecord, generations: Generations): RebuildTask['kind'] {
  if (running.state === 'new' || running.state === 'filling') return 'fill';
  if (running.state === 'catching-up') return isRollback(running) ? 'go-back' : 'compare';
  if (running.request === 'switch') return 'switch';
  return reasonToWait(running, liveOf(generations)) === undefined ? 'announce' : 'follow';
}

/** One that was live may still be maintained or read by a process that does not know yet. */
function isToBeCleaned(record: GenerationRecord, { now, graceMs }: TaskSituation): boolean {
  if (record.cleanedAt !== null || (record.state !== 'cancelled' && record.state !== 'dropped')) return false;
  return record.liveSince === null || now - record.changedAt.getTime() >= graceMs;
}
