import { EventspanError } from '../../errors/eventspan-error.js';
import type { HeldCursors } from '../../subscriptions/held-cursors.js';
import { generationLabel, type Generation } from '../generation.js';
import type { ProjectionEngine } from '../projection-engine.js';
import { hasReached, type Everywhere } from './shard-positions.js';

/** The engine that fills a generation: an ordinary one that goes only so far as it is told. */
export class RebuildFiller {
  constructor(
    readonly generation: Generation,
    private readonly engine: ProjectionEngine,
  ) {}

  get cursors(): HeldCursors {
    return this.engine.cursors;
  }

  holdAt(positions: Everywhere): void {
    this.engine.holdAt(positions);
  }

  hasReached(positions: Everywhere): boolean {
    return hasReached((shard) => this.cursors.find(shard)?.position, positions);
  }

  /** Events done here, by shard. */
  counts(): ReadonlyMap<number, number> {
    return new Map(this.engine.status().shards.map(({ shard, events }) => [shard, events]));
  }

  /** Throws `REBUILD_EVENT_FAILED` when a shard has stopped: a handler with `onError: 'stop'` wants no rebuild without the event. */
  checkGoesOn(): void {
    const stopped = this.engine.status().shards.find(({ state, reason }) => state === 'stopped' && reason !== undefined);
    const reason = stopped?.reason;
    if (stopped === undefined || reason === undefined) return;
    const { streamId, version, message } = reason;
    throw new EventspanError('REBUILD_EVENT_FAILED', {
      generation: generationLabel(this.generation),
      shard: stopped.shard,
      streamId,
      version,
      reason: message,
    });
  }

  stop(options: { readonly deadlineMs?: number }): Promise<void> {
    return this.engine.stop(options);
  }
}
