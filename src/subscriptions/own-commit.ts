import type { Position } from '../event-store/position.js';
import type { RowChange } from '../event-store/read-models.js';
import type { LaneContext } from './lane-context.js';

/** Whose commit it is. */
export interface OwnCommit {
  readonly lane: number;
  readonly token: number;
  /** Where the cursor goes; absent: it stays. */
  readonly position?: Position;
}

/** Commits changes of Eventspan's own tables under the lane's token, and moves its cursor. 1 Commit. Throws the store's errors, `CURSOR_LOST` among them. */
export async function commitOwn(
  { options, abandon }: LaneContext,
  { lane, ...cursor }: OwnCommit,
  changes: readonly RowChange[],
): Promise<void> {
  const { store, consumer, caller } = options;
  const advance = { consumer, shard: lane, ...cursor };
  if (changes.length === 0) return store.cursors.advance([advance], { caller, signal: abandon });
  const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal: abandon });
  await batch.commit(changes, advance);
}
