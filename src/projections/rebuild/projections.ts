import { checkOneOf } from '../../errors/check-option.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import { throwIfAborted } from '../../support/abort.js';
import { isSameGeneration, type Generation } from '../generation.js';
import { isUnderWay, type GenerationRecord, type GenerationState, type SwitchMode } from './generation-record.js';
import {
  liveOf,
  planAnnounce,
  planCancel,
  planDrop,
  planRebuild,
  planRollback,
  planStreams,
  underWayOf,
  type GenerationChanges,
  type Generations,
} from './plan-generations.js';
import type { ProjectionSet, ProjectorCode } from './projection-set.js';
import type { RebuildContext } from './rebuild-context.js';
import { untilNews } from './until-news.js';
import { listStreamRebuilds, requestStreamRebuilds, type StreamRebuildInfo } from './request-stream-rebuilds.js';
import { progressOf, reasonOf, type RebuildProgress } from './rebuild-progress.js';

/** A generation as one lists it. Plain data, fit for JSON. */
export interface GenerationInfo extends Generation {
  readonly state: GenerationState;
  /** RFC 3339: since when. */
  readonly since: string;
  readonly createdAt: string;
  /** When it last became live. */
  readonly liveSince?: string;
  /** Why it failed, or waits for an operator. */
  readonly reason?: { readonly code: string; readonly message: string };
}

/** All about one projection's generations. */
export interface ProjectionReport {
  readonly projector: string;
  /** What readers read; absent before the first start. */
  readonly live?: Pick<Generation, 'version' | 'run'>;
  /** Oldest first. */
  readonly generations: readonly GenerationInfo[];
  /** The rebuild that is under way, or else the last that failed. */
  readonly rebuild?: RebuildProgress;
}

export interface RebuildOptions {
  /** When it becomes live: see {@link SwitchMode}. Default `auto`. */
  readonly switch?: SwitchMode;
  /** For projectors with `lifecycle: 'inline'`: nothing is appended until the rebuild is live. Default false. */
  readonly appendsPaused?: boolean;
}

/** What `rebuild` began. */
export interface StartedRebuild extends Generation {
  /** It was under way already. */
  readonly joined: boolean;
}

export interface RollbackOptions {
  /** Default: the one that was live last. */
  readonly to?: Pick<Generation, 'version' | 'run'>;
  /** Switch at once, although it may not have seen all that the live one has. Default false. */
  readonly now?: boolean;
}

const MODES: readonly SwitchMode[] = ['auto', 'when-equal', 'manual'];
const WATCH_MS = 250;

/**
 * What an operator does with projections: lists, rebuilds, switches, rolls back, drops. Every wish is durable when its promise is fulfilled, and
 * is carried out by any process that has the projector's code and the role projectors (this one included), whatever is killed on the way.
 *
 * Cost: 1 Read to look, 1 Read and one transaction to change. Safe to call concurrently, in any number of processes.
 */
export class Projections {
  constructor(
    private readonly context: RebuildContext,
    private readonly code: ProjectorCode,
    /** Absent where this process carries nothing out. */
    private readonly set: ProjectionSet | undefined,
  ) {}

  /** The generations of all projectors of this application, oldest first. */
  async list(): Promise<readonly GenerationInfo[]> {
    const all = await this.context.table.readAll();
    return [...this.code.keys()].flatMap((projector) => (all.get(projector) ?? []).map(infoOf));
  }

  /** Throws `PROJECTOR_UNKNOWN`. */
  async status(projector: string): Promise<ProjectionReport> {
    this.codeOf(projector);
    return reportOf(projector, await this.context.table.read(projector));
  }

  /**
   * Fills the tables of the newest version listed here anew, beside the live ones, and switches readers to them. Answers when that is on
   * record; see {@link finished} for its end. Joins a rebuild of the same version. Throws `PROJECTOR_UNKNOWN`, `REBUILD_RUNNING`,
   * `REBUILD_VERSION_OLD`, `REBUILD_INLINE`, `PROJECTION_NOT_BUILT`, `OPTION_INVALID`.
   */
  async rebuild(projector: string, { switch: mode = 'auto', appendsPaused = false }: RebuildOptions = {}): Promise<StartedRebuild> {
    checkOneOf('switch', mode, MODES);
    const code = this.codeOf(projector).at(-1);
    if (code === undefined) throw this.unknown(projector);
    if (code.lifecycle === 'inline' && !appendsPaused) throw new EventspanError('REBUILD_INLINE', { projector });
    const { generation, joined } = await this.context.table.change(projector, (generations) => {
      const plan = planRebuild(generations, { projector: code, mode, now: this.now() });
      return { changes: plan.changes, result: plan };
    });
    await this.changed(projector);
    return { projector, version: generation.version, run: generation.run, joined };
  }

  /**
   * Makes the rows of single streams of the live generation anew, in place: for projectors with rows 'stream' and without counters. Answers
   * when that is on record; the process that has a stream's shard does it, all rows of a stream in one commit. Rows that today's handlers do
   * not touch stay. Throws `PROJECTOR_UNKNOWN`, `REBUILD_STREAMS_UNSUPPORTED`, `REBUILD_STREAM_TOO_LONG` (more than 10,000 events),
   * `PROJECTION_NOT_BUILT`, `OPTION_INVALID` (none, or more than 1,000 streams).
   */
  async rebuildStreams(projector: string, streams: readonly string[]): Promise<Generation & { readonly streams: readonly string[] }> {
    const versions = this.codeOf(projector);
    const { store, live, caller } = this.context;
    const generation = identityOf(await live.live(projector));
    const code = versions.find(({ version }) => version === generation.version);
    const isElsewhere = Object.hasOwn(this.context.foreign, projector);
    if (code === undefined || isElsewhere) {
      const reason = isElsewhere
        ? 'its rows are in a database elsewhere'
        : `the code of its live version ${generation.version} is not here`;
      throw new EventspanError('REBUILD_STREAMS_UNSUPPORTED', { projector, reason });
    }
    await requestStreamRebuilds({ store, projector: code, generation, streams, now: this.now(), caller });
    await this.context.table.change(projector, (generations) => ({
      changes: planStreams(generations, generation, this.now()),
      result: undefined,
    }));
    await live.changed();
    return { ...generation, streams };
  }

  /** Requests for single streams of the live generation that are not carried out yet, or could not be. Throws `PROJECTION_NOT_BUILT`. */
  async streamRebuilds(projector: string): Promise<readonly StreamRebuildInfo[]> {
    this.codeOf(projector);
    const generation = await this.context.live.live(projector);
    return listStreamRebuilds(this.context.store.readModels, generation, this.context.caller);
  }

  /**
   * Resolves when a rebuild or rollback has come to rest: live, or ready and waiting for an operator, or failed, cancelled, retired, dropped.
   * At once told of what this process does; 1 Read every 250 ms. Throws `GENERATION_UNKNOWN`, and the signal's reason.
   */
  async finished(
    generation: Generation,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: RebuildProgress) => void } = {},
  ): Promise<GenerationInfo> {
    const { table } = this.context;
    for (;;) {
      throwIfAborted(options.signal);
      const record = find(await table.read(generation.projector), generation);
      options.onProgress?.(progressOf(record));
      const waits = record.state === 'ready' && record.request === null && !willSwitch(record);
      if (!isUnderWay(record) || waits) return infoOf(record);
      await untilNews(this.context, { atMostMs: WATCH_MS, signal: options.signal });
    }
  }

  /** Makes the generation that is ready live, whatever its comparison says. Throws `REBUILD_NOT_RUNNING`, `REBUILD_NOT_READY`. */
  async switch(projector: string): Promise<Generation> {
    this.codeOf(projector);
    return this.change(projector, (generations) => {
      const running = underWayOf(generations);
      if (running === undefined) throw new EventspanError('REBUILD_NOT_RUNNING', { projector });
      return { changes: planAnnounce(generations, running, this.now()), result: running };
    });
  }

  /**
   * Goes back to a retired generation: brings it up to where the live one is (its code must run somewhere), then switches. Throws
   * `ROLLBACK_IMPOSSIBLE`, `GENERATION_UNKNOWN`, `REBUILD_RUNNING`.
   */
  async rollback(projector: string, { to, now = false }: RollbackOptions = {}): Promise<Generation> {
    this.codeOf(projector);
    return this.change(projector, (generations) => {
      const { changes, generation } = planRollback(generations, { projector, atOnce: now, now: this.now(), ...(to && { to }) });
      return { changes, result: generation };
    });
  }

  /** Gives up the rebuild that is under way; its tables are removed. Throws `REBUILD_NOT_RUNNING`. */
  async cancel(projector: string): Promise<Generation> {
    this.codeOf(projector);
    return this.change(projector, (generations) => {
      const changes = planCancel(generations, projector, this.now());
      return { changes, result: changes[0] ?? (underWayOf(generations) as GenerationRecord) };
    });
  }

  /**
   * Removes tables, parked streams and cursors of a generation, or of all that are retired, failed or cancelled. What was live is removed a
   * little later, when every process knows. Answers them. Throws `GENERATION_UNKNOWN`, `GENERATION_NOT_DROPPABLE`.
   */
  async drop(projector: string, only?: Pick<Generation, 'version' | 'run'>): Promise<readonly Generation[]> {
    this.codeOf(projector);
    const changes = await this.context.table.change(projector, (generations) => {
      const planned = planDrop(generations, { projector, now: this.now(), ...(only && { only }) });
      return { changes: planned, result: planned };
    });
    await this.changed(projector);
    return changes.map(identityOf);
  }

  /** Resolves when nothing of a projector's is left to be removed. 1 Read every 250 ms. Throws the signal's reason. */
  async cleaned(projector: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { table } = this.context;
    for (;;) {
      throwIfAborted(options.signal);
      const left = (await table.read(projector)).filter(
        ({ state, cleanedAt }) => (state === 'dropped' || state === 'cancelled') && cleanedAt === null,
      );
      if (left.length === 0) return;
      this.set?.attendIfNeeded(projector);
      await untilNews(this.context, { atMostMs: WATCH_MS, signal: options.signal });
    }
  }

  private async change(
    projector: string,
    plan: (generations: Generations) => { readonly changes: GenerationChanges; readonly result: GenerationRecord },
  ): Promise<Generation> {
    const record = await this.context.table.change(projector, plan);
    await this.changed(projector);
    return identityOf(record);
  }

  private async changed(projector: string): Promise<void> {
    await this.context.live.changed();
    this.set?.attend(projector);
  }

  private codeOf(projector: string): ProjectorCode extends ReadonlyMap<string, infer V> ? V : never {
    const code = this.code.get(projector);
    if (code === undefined) throw this.unknown(projector);
    return code;
  }

  private unknown(projector: string): EventspanError {
    return new EventspanError('PROJECTOR_UNKNOWN', { projector, known: [...this.code.keys()] });
  }

  private now(): Date {
    return new Date(this.context.clock.now());
  }
}

/** What the rows of one projector say, as plain data. */
export function reportOf(projector: string, generations: Generations): ProjectionReport {
  const live = liveOf(generations);
  const shown = underWayOf(generations) ?? generations.findLast(({ state }) => state === 'failed');
  return {
    projector,
    ...(live && { live: { version: live.version, run: live.run } }),
    generations: generations.map(infoOf),
    ...(shown && { rebuild: progressOf(shown) }),
  };
}

/** Ready, and about to be announced by whoever carries it out: nobody has said why it should wait. */
function willSwitch({ switchMode, code, liveSince }: GenerationRecord): boolean {
  return liveSince !== null || (switchMode !== 'manual' && code === null);
}

function find(generations: Generations, generation: Generation): GenerationRecord {
  const record = generations.find((each) => isSameGeneration(each, generation));
  if (record !== undefined) return record;
  const { projector, version, run } = generation;
  throw new EventspanError('GENERATION_UNKNOWN', {
    projector,
    generation: `v${version}.${run}`,
    known: generations.map((each) => `v${each.version}.${each.run}`),
  });
}

function identityOf({ projector, version, run }: Generation): Generation {
  return { projector, version, run };
}

function infoOf(record: GenerationRecord): GenerationInfo {
  const { state, changedAt, createdAt, liveSince } = record;
  return {
    ...identityOf(record),
    state,
    since: changedAt.toISOString(),
    createdAt: createdAt.toISOString(),
    ...(liveSince !== null && { liveSince: liveSince.toISOString() }),
    ...reasonOf(record),
  };
}
