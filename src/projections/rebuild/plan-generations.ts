import { EventspanError } from '../../errors/eventspan-error.js';
import { compareGenerationAge, generationLabel, isSameGeneration, MAX_RUN, type Generation } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { isRollback, isUnderWay, type GenerationRecord, type GenerationState, type SwitchMode } from './generation-record.js';

/** The generations of one projector. */
export type Generations = readonly GenerationRecord[];

/** Records to write, whole; empty when there is nothing to do. */
export type GenerationChanges = readonly GenerationRecord[];

/** A projector's code, and the time. */
export interface GenerationWish {
  readonly projector: Pick<ProjectorDefinition, 'name' | 'version' | 'tables'>;
  readonly now: Date;
}

/** The generation that readers read; undefined before the first start. */
export function liveOf(generations: Generations): GenerationRecord | undefined {
  return generations.find(({ state }) => state === 'live');
}

/** The rebuild or rollback that is under way; there is one at most. */
export function underWayOf(generations: Generations): GenerationRecord | undefined {
  return generations.find(isUnderWay);
}

/** Pure. A projection that has no live generation gets one, live at once: it has nothing to replace. */
export function planFirst(generations: Generations, wish: GenerationWish & { readonly run: number }): GenerationChanges {
  if (generations.length > 0) return [];
  return [{ ...newRecord(wish, wish.run, 'auto'), state: 'live', liveSince: wish.now }];
}

/** Pure. A version of the code above the live one is filled beside it, once: what failed or was cancelled is not begun again by itself. */
export function planNewVersion(generations: Generations, wish: GenerationWish & { readonly mode: SwitchMode }): GenerationChanges {
  const live = liveOf(generations);
  const isNews = live !== undefined && wish.projector.version > live.version;
  const isKnown = generations.some(({ version }) => version === wish.projector.version);
  if (!isNews || isKnown || underWayOf(generations) !== undefined) return [];
  return [newRecord(wish, 0, wish.mode)];
}

/** What asking for a rebuild comes to. */
export interface RebuildPlan {
  readonly changes: GenerationChanges;
  readonly generation: GenerationRecord;
  /** It was under way already. */
  readonly joined: boolean;
}

/**
 * Pure. A rebuild by this code: joins the one of the same version, else begins the next run; what failed of the version before is dropped.
 * Throws `REBUILD_RUNNING`, `REBUILD_VERSION_OLD`, `PROJECTION_NOT_BUILT`, `GENERATION_RUNS_EXHAUSTED`.
 */
export function planRebuild(generations: Generations, wish: GenerationWish & { readonly mode: SwitchMode }): RebuildPlan {
  const { name: projector, version } = wish.projector;
  const running = underWayOf(generations);
  if (running !== undefined) {
    if (running.version === version && !isRollback(running)) return { changes: [], generation: running, joined: true };
    throw new EventspanError('REBUILD_RUNNING', { projector, running: generationLabel(running), state: running.state });
  }
  const live = liveOf(generations);
  if (live === undefined) throw new EventspanError('PROJECTION_NOT_BUILT', { projector });
  if (version < live.version) throw new EventspanError('REBUILD_VERSION_OLD', { projector, version, live: live.version });
  const runs = generations.filter((each) => each.version === version).map(({ run }) => run);
  const run = Math.max(-1, ...runs) + 1;
  if (run > MAX_RUN) throw new EventspanError('GENERATION_RUNS_EXHAUSTED', { projector, version, max: MAX_RUN });
  const failed = generations.filter((each) => each.version === version && each.state === 'failed');
  const generation = newRecord(wish, run, wish.mode);
  return {
    changes: [generation, ...failed.map((each) => ({ ...each, state: 'dropped' as const, changedAt: wish.now }))],
    generation,
    joined: false,
  };
}

/** One step of a generation on its way. */
export interface GenerationStep {
  readonly generation: Generation;
  readonly from: readonly GenerationState[];
  readonly to: GenerationState;
  readonly now: Date;
  readonly set?: Partial<GenerationRecord>;
}

const STEPS: Readonly<Record<GenerationState, readonly GenerationState[]>> = {
  new: ['filling', 'failed', 'cancelled'],
  filling: ['catching-up', 'failed', 'cancelled'],
  'catching-up': ['ready', 'failed', 'cancelled', 'retired'],
  ready: ['live', 'failed', 'cancelled', 'retired'],
  live: ['retired'],
  retired: ['catching-up', 'live', 'dropped'],
  failed: ['dropped'],
  cancelled: ['dropped'],
  dropped: [],
};

/** Whether the state machine knows the step. */
export function isStep(from: GenerationState, to: GenerationState): boolean {
  return STEPS[from].includes(to);
}

/** Pure. One step, or nothing when it is done already. Throws `REBUILD_OVERTAKEN` when the generation is elsewhere by now. */
export function planStep(generations: Generations, { generation, from, to, now, set }: GenerationStep): GenerationChanges {
  const record = recordOf(generations, generation);
  if (record.state === to) return [];
  if (!from.includes(record.state) || !isStep(record.state, to)) throw overtaken(record, from, to);
  return [{ ...record, ...set, state: to, changedAt: now }];
}

/** Pure. Says beforehand that the generation is about to become live. Throws `REBUILD_OVERTAKEN`, `REBUILD_NOT_READY`. */
export function planAnnounce(generations: Generations, generation: Generation, now: Date): GenerationChanges {
  const record = recordOf(generations, generation);
  if (record.state === 'live' || record.request === 'switch') return [];
  if (record.state !== 'ready') throw new EventspanError('REBUILD_NOT_READY', { generation: generationLabel(record), state: record.state });
  return [{ ...record, request: 'switch', changedAt: now }];
}

/** Pure. The switch: the live one is retired and this one is live, in one commit. Throws `REBUILD_OVERTAKEN`. */
export function planSwitch(generations: Generations, step: Omit<GenerationStep, 'to'>): GenerationChanges {
  const became = planStep(generations, { ...step, to: 'live', set: { liveSince: step.now, request: null, code: null, message: null } });
  if (became.length === 0) return [];
  const live = liveOf(generations);
  return live === undefined ? became : [...became, { ...live, state: 'retired', request: null, changedAt: step.now }];
}

/**
 * Pure. A rebuild is asked to end, and whoever carries it out ends it; a rollback goes back at once, since its tables stay.
 * Throws `REBUILD_NOT_RUNNING`.
 */
export function planCancel(generations: Generations, projector: string, now: Date): GenerationChanges {
  const running = underWayOf(generations);
  if (running === undefined) throw new EventspanError('REBUILD_NOT_RUNNING', { projector });
  if (isRollback(running)) return [{ ...running, state: 'retired', request: null, changedAt: now }];
  return running.request === 'cancel' ? [] : [{ ...running, request: 'cancel', changedAt: now }];
}

/** What is to be rolled back to. */
export interface RollbackWish {
  readonly projector: string;
  /** Default: the one that was live last. */
  readonly to?: Pick<Generation, 'version' | 'run'>;
  /** Switch without waiting until it has seen what the live one has. */
  readonly atOnce: boolean;
  readonly now: Date;
}

/** Pure. Throws `ROLLBACK_IMPOSSIBLE`, `GENERATION_UNKNOWN`, `REBUILD_RUNNING`. */
export function planRollback(
  generations: Generations,
  wish: RollbackWish,
): { readonly changes: GenerationChanges; readonly generation: GenerationRecord } {
  const { projector, now } = wish;
  const target = rollbackTarget(generations, wish);
  if (isRollback(target)) return { changes: [], generation: target };
  const running = underWayOf(generations);
  if (running !== undefined)
    throw new EventspanError('REBUILD_RUNNING', { projector, running: generationLabel(running), state: running.state });
  const from: readonly GenerationState[] = ['retired'];
  const changes = wish.atOnce
    ? planSwitch(generations, { generation: target, from, now })
    : planStep(generations, { generation: target, from, to: 'catching-up', now, set: { switchMode: 'auto', comparison: null } });
  return { changes, generation: changes[0] ?? target };
}

/** Pure. Generations to drop: one, or all that are retired, failed or cancelled. Throws `GENERATION_UNKNOWN`, `GENERATION_NOT_DROPPABLE`. */
export function planDrop(
  generations: Generations,
  wish: { readonly projector: string; readonly only?: Pick<Generation, 'version' | 'run'>; readonly now: Date },
): GenerationChanges {
  const chosen =
    wish.only === undefined ? generations.filter(isDroppable) : [recordOf(generations, { projector: wish.projector, ...wish.only })];
  return chosen
    .filter(({ state }) => state !== 'dropped')
    .map((record) => {
      if (!isDroppable(record))
        throw new EventspanError('GENERATION_NOT_DROPPABLE', { generation: generationLabel(record), state: record.state });
      return { ...record, state: 'dropped' as const, changedAt: wish.now };
    });
}

/** Pure. Notes that single streams of the live generation are to be made anew. Throws `REBUILD_OVERTAKEN` when it is not live any more. */
export function planStreams(generations: Generations, generation: Generation, now: Date): GenerationChanges {
  const record = recordOf(generations, generation);
  if (record.state !== 'live') throw overtaken(record, ['live'], 'live');
  return [{ ...record, streamsRequestedAt: now }];
}

/** Pure. Notes that tables and cursors of a generation are gone. */
export function planCleaned(generations: Generations, generation: Generation, now: Date): GenerationChanges {
  const record = recordOf(generations, generation);
  return record.cleanedAt === null ? [{ ...record, cleanedAt: now }] : [];
}

function rollbackTarget(generations: Generations, { projector, to }: RollbackWish): GenerationRecord {
  if (to !== undefined) {
    const named = recordOf(generations, { projector, ...to });
    if (named.state === 'retired' || isRollback(named)) return named;
    throw new EventspanError('ROLLBACK_IMPOSSIBLE', { projector, reason: `${generationLabel(named)} is ${named.state}` });
  }
  const running = generations.find(isRollback);
  if (running !== undefined) return running;
  const retired = generations.filter(({ state }) => state === 'retired');
  const [last] = retired.toSorted((a, b) => b.changedAt.getTime() - a.changedAt.getTime() || compareGenerationAge(b, a));
  if (last === undefined) throw new EventspanError('ROLLBACK_IMPOSSIBLE', { projector, reason: 'no generation is retired' });
  return last;
}

function isDroppable({ state }: GenerationRecord): boolean {
  return state === 'retired' || state === 'failed' || state === 'cancelled';
}

function recordOf(generations: Generations, generation: Generation): GenerationRecord {
  const record = generations.find((each) => isSameGeneration(each, generation));
  if (record !== undefined) return record;
  const known = generations.map(generationLabel);
  throw new EventspanError('GENERATION_UNKNOWN', { projector: generation.projector, generation: generationLabel(generation), known });
}

function overtaken(record: GenerationRecord, from: readonly GenerationState[], to: GenerationState): EventspanError {
  return new EventspanError('REBUILD_OVERTAKEN', { generation: generationLabel(record), state: record.state, from: from.join(' or '), to });
}

function newRecord({ projector, now }: GenerationWish, run: number, switchMode: SwitchMode): GenerationRecord {
  return {
    projector: projector.name,
    version: projector.version,
    run,
    state: 'new',
    tables: projector.tables,
    switchMode,
    request: null,
    eventsTotal: null,
    totals: null,
    progress: null,
    comparison: null,
    code: null,
    message: null,
    createdAt: now,
    changedAt: now,
    liveSince: null,
    streamsRequestedAt: null,
    cleanedAt: null,
  };
}
