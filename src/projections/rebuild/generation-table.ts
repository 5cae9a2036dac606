import { isEventspanError } from '../../errors/eventspan-error.js';
import type { ReadModelBatch, ReadModels, Row, RowChange } from '../../event-store/read-models.js';
import type { CursorAdvance } from '../../event-store/shard-cursors.js';
import { PROJECTIONS } from '../../event-store/system-tables.js';
import { nextDelayMs } from '../../support/backoff.js';
import type { Clock } from '../../support/clock.js';
import type { Random } from '../../support/random.js';
import type { Generation } from '../generation.js';
import { fromGenerationRow, toGenerationRow, type GenerationRecord, type StoredProgress } from './generation-record.js';
import type { GenerationChanges, Generations } from './plan-generations.js';

/** The generations of one projector, and which change of theirs was the last. */
interface ProjectorGenerations {
  readonly generations: Generations;
  readonly revision: number;
}

/** What a change asks of the rows, and what it answers. */
export interface PlannedChange<T> {
  readonly changes: GenerationChanges;
  readonly result: T;
}

export interface ChangeOptions {
  /** Who carries a rebuild out: the change is not written when it is another by now (`CURSOR_LOST`). */
  readonly fence?: CursorAdvance;
  readonly signal?: AbortSignal;
}

/** What the table works with. */
export interface GenerationTableOptions {
  readonly readModels: ReadModels;
  readonly clock: Clock;
  readonly random: Random;
  /** Who calls, for the counting of RPCs. */
  readonly caller: string;
}

const MAX_TRIES = 12;
const BACKOFF = { initialMs: 20, factor: 2, maxMs: 1_000 };
const PASSING: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'BATCH_ABORTED']);
const HEAD = { version: 0, run: 0 };

/**
 * The rows that say which generations a projection has and which is live. A change is planned from the rows as they are and written only if
 * nothing of the projector has changed since (its head's revision); else it is planned anew. A plan must therefore be repeatable: what it
 * wants and finds done is no change.
 */
export class GenerationTable {
  constructor(private readonly options: GenerationTableOptions) {}

  /** All of all projectors, by name. 1 Read. */
  async readAll(): Promise<ReadonlyMap<string, Generations>> {
    const all = new Map<string, GenerationRecord[]>();
    for await (const row of this.options.readModels.scan(PROJECTIONS, undefined, { caller: this.options.caller })) {
      if (isHead(row)) continue;
      const record = fromGenerationRow(row);
      all.set(record.projector, [...(all.get(record.projector) ?? []), record]);
    }
    return all;
  }

  /** Those of one projector, oldest first. 1 Read. */
  async read(projector: string): Promise<Generations> {
    return (await this.readWithRevision(projector)).generations;
  }

  /**
   * Carries a plan out; answers its result. Throws what the plan throws, `CURSOR_LOST`, and the store's errors where they last.
   * 1 Read when nothing is to be changed; else 1 Read and one transaction.
   */
  async change<T>(projector: string, plan: (generations: Generations) => PlannedChange<T>, options: ChangeOptions = {}): Promise<T> {
    const { clock, random } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        const before = await this.readWithRevision(projector);
        const { changes, result } = plan(before.generations);
        if (changes.length === 0 || (await this.write(projector, changes, { ...options, revision: before.revision }))) return result;
      } catch (error) {
        if (!isPassing(error) || attempt === MAX_TRIES) throw error;
      }
      await clock.sleep(nextDelayMs(BACKOFF, attempt, random), options.signal);
    }
  }

  /** Notes how far a filling is, and renews the fence with it. 1 Commit. Throws `CURSOR_LOST` and the store's errors. */
  async noteProgress({ projector, version, run }: Generation, progress: StoredProgress | undefined, fence: CursorAdvance): Promise<void> {
    const batch = await this.options.readModels.openBatch({ rows: 'stream', caller: this.options.caller });
    const change: RowChange = { kind: 'update', table: PROJECTIONS, row: { projector, version, run, progress } };
    await batch.commit(progress === undefined ? [] : [change], fence);
  }

  private async readWithRevision(projector: string): Promise<ProjectorGenerations> {
    const generations: GenerationRecord[] = [];
    let revision = 0;
    for await (const row of this.options.readModels.scan(PROJECTIONS, { projector }, { caller: this.options.caller })) {
      if (isHead(row)) revision = Number(row['revision']);
      else generations.push(fromGenerationRow(row));
    }
    return { generations, revision };
  }

  /** Whether it was written; false when the rows have changed since. */
  private async write(
    projector: string,
    changes: GenerationChanges,
    { fence, signal, revision }: ChangeOptions & { readonly revision: number },
  ): Promise<boolean> {
    const batch = await this.options.readModels.openBatch({ rows: 'shared', caller: this.options.caller, ...(signal && { signal }) });
    const head = { projector, ...HEAD };
    if (!(await this.isCurrent(batch, head, revision))) return false;
    const rows = changes.map((record): RowChange => ({ kind: 'upsert', table: PROJECTIONS, row: toGenerationRow(record) }));
    const counted: RowChange = { kind: 'upsert', table: PROJECTIONS, row: { ...head, state: 'head', revision: revision + 1 } };
    await batch.commit([counted, ...rows], fence);
    return true;
  }

  private async isCurrent(batch: ReadModelBatch, head: Row, revision: number): Promise<boolean> {
    let isCurrent = false;
    try {
      const [found] = await batch.get(PROJECTIONS, [head]);
      isCurrent = Number(found?.['revision'] ?? 0) === revision;
    } finally {
      if (!isCurrent) await batch.abandon();
    }
    return isCurrent;
  }
}

function isHead(row: Row): boolean {
  return row['version'] === HEAD.version;
}

/** After an unknown outcome the rows tell what has happened, for every plan is repeatable. */
function isPassing(error: unknown): boolean {
  return isEventspanError(error) && PASSING.has(error.code);
}
