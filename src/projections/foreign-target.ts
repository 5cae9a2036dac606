import { comparePositions, type Position } from '../event-store/position.js';
import type { ShardCursors } from '../event-store/shard-cursors.js';
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
    private readonly cursors: ShardCursors,
    private readonly options: { readonly projector: ProjectorDefinition; readonly caller: string },
  ) {
    this.projection = `${options.projector.name}:v${options.projector.version}`;
  }

  async ensureTables(): Promise<void> {
    await this.foreign.ensureTables?.(this.options.projector.tables);
  }

  async open(batch: EventBatch): Promise<TargetBatch> {
    const doneUpTo = await this.positionOf(batch);
    return {
      ...(doneUpTo !== undefined && { doneUpTo }),
      get: (table, keys) => this.foreign.get(table, keys),
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
    const { shard, advance } = batch;
    const position = advance.position as Position;
    this.memories.delete(shard);
    const isDone = doneUpTo !== undefined && comparePositions(position, doneUpTo) <= 0;
    if (!isDone) await this.foreign.commit({ ...this.changesOf(view), shard, position, ...startOf(batch, doneUpTo) });
    await this.cursors.advance([advance], { caller: this.options.caller, signal: batch.signal });
    if (this.foreign.position !== undefined) this.memories.set(shard, { token: advance.token, position: isDone ? doneUpTo : position });
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
