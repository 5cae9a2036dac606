import type { EventStore } from '../event-store/event-store.js';
import type { EventBatch } from '../subscriptions/event-handler.js';

/** Moves the cursor past a batch that brings nothing about in the store, with the changes that come with it. 1 Commit. Throws the store's errors. */
export async function commitAdvance(
  store: Pick<EventStore, 'cursors' | 'readModels'>,
  { advance, changes = [], signal }: EventBatch,
  caller: string,
): Promise<void> {
  if (changes.length === 0) return store.cursors.advance([advance], { caller, signal });
  const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal });
  await batch.commit(changes, advance);
}
