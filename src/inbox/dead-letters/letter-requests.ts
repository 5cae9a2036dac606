import { isEventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { ReadModelBatch, RowChange } from '../../event-store/read-models.js';
import { PARKED_REQUESTS } from '../../event-store/system-tables.js';

/** How often a transaction is begun anew because of other writers. */
const MAX_TRIES = 10;

/** The name under which owners look for what was asked of a consumer's dead letters, and under which one of them carries it out. */
export function redriveConsumer(consumer: string): string {
  return `inbox.${consumer}`;
}

/** Makes those who run the consumer look. */
export function noteChange(consumer: string, note: { readonly id: string; readonly at: Date }): RowChange {
  const row = { consumer: redriveConsumer(consumer), request_id: note.id, requested_at: note.at };
  return { kind: 'upsert', table: PARKED_REQUESTS, row };
}

/**
 * Reads rows and writes what follows from them, in one serialisable transaction, begun anew while others write the same rows. `work` answers the
 * changes; none: nothing is written.
 */
export async function inTransaction(
  store: Pick<EventStore, 'readModels'>,
  caller: string,
  work: (batch: ReadModelBatch) => Promise<readonly RowChange[]>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const batch = await store.readModels.openBatch({ rows: 'shared', caller });
    try {
      const changes = await work(batch);
      return changes.length === 0 ? await batch.abandon() : await batch.commit(changes);
    } catch (error) {
      await batch.abandon().catch(() => undefined);
      if (!isEventspanError(error, 'BATCH_ABORTED') || tries === MAX_TRIES) throw error;
    }
  }
}
