import { comparePositions, type Position } from '../event-store/position.js';
import type { EventStore } from '../event-store/event-store.js';
import type { EventBatch } from '../subscriptions/event-handler.js';
import { keyOf } from './counter-increment.js';
import type { ForeignReadModel } from './foreign-read-model.js';
import type { ProjectionTarget, TargetBatch } from './projection-target.js';
import type { ProjectorDefinition } from './projector-definition.js';
import type { ViewBuffer } from './view-buffer.js';

/** Where the foreign database is in a shard, and the token under which that is true. */
interface ShardMemory {
  readonly token: number;
  readonly position: Position | undefined;
}

/** A database elsewhere: its commit first, the cursor then. What is in between when a process dies is given again, or found done. */
export class ForeignTarget implements ProjectionTarget {
  private readonly memories = new Map<number, ShardMemory>();
  private readonly projection: string;

  constructor(
    private readonly foreign: ForeignReadModel,
    private readonly store: Pick<EventStore, 'cursors' | 'readModels'>,
    private readonly options: { readonly projector: ProjectorDefinition; readonly projection: string; readonly caller: string },
  ) {
    this.projection = options.projection;
  }

  async ensureTables(): Promise<void> {
    await this.foreign.ensureTables?.(this.options.projector.tables, this.projection);
  }

  async open(batch: EventBatch): Promise<TargetBatch> {
    const doneUpTo = await this.positionOf(batch);
    return {
      // What is re-driven is older than that position, and has not been done.
      ...(doneUpTo !== undefined && batch.isRedrive !== true && { doneUpTo }),
      get: (table, keys) => this.foreign.get(table, keys, this.projection),
      commit: (view) => this.commit(batch, view, doneUpTo),
      abandon: () => Promise.resolve(),
    };
  }

  private async positionOf({ shard, advance }: EventBatch): Promise<Position | undefined> {
    const known = this.memories.get(shard);
    if (known?.token === advance.token) return known.position;
    return this.foreign.position?.(this.projection, shard);
  }

  private async commit(batch: EventBatch, view: ViewBuffer, doneUpTo: Position | undefined): Promise<void> {
    const { shard, advance, isRedrive = false } = batch;
    // A re-drive leaves the shard where it is, which is never before the cursor.
    const position = advance.position ?? later(doneUpTo, batch.previous as Position);
    this.memories.delete(shard);
    const isDone = !isRedrive && doneUpTo !== undefined && comparePositions(position, doneUpTo) <= 0;
    if (!isDone) await this.foreign.commit({ ...this.changesOf(view), shard, position, isRedrive, ...startOf(batch, doneUpTo) });
    await this.advance(batch);
    if (this.foreign.position !== undefined) this.memories.set(shard, { token: advance.token, position: isDone ? doneUpTo : position });
  }

  private async advance({ advance, changes = [], signal }: EventBatch): Promise<void> {
    const { caller } = this.options;
    if (changes.length === 0) return this.store.cursors.advance([advance], { caller, signal });
    const own = await this.store.readModels.openBatch({ rows: 'stream', caller, signal });
    await own.commit(changes, advance);
  }

  private changesOf(view: ViewBuffer): {
    projection: string;
    changes: ReturnType<ViewBuffer['rowChanges']>;
    increments: ForeignIncrements;
  } {
    const increments = view.increments().map((each) => ({ table: each.table, key: keyOf(each), amounts: each.amounts }));
    return { projection: this.projection, changes: view.rowChanges(), increments };
  }
}

type ForeignIncrements = Parameters<ForeignReadModel['commit']>[0]['increments'];

/** The foreign database's own position where it has one, for it may be ahead of the cursor. */
function startOf(batch: EventBatch, doneUpTo: Position | undefined): { previousPosition?: Position } {
  const previousPosition = doneUpTo ?? batch.previous;
  return previousPosition === undefined ? {} : { previousPosition };
}

function later(a: Position | undefined, b: Position): Position {
  return a !== undefined && comparePositions(a, b) > 0 ? a : b;
}
