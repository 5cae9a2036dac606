import { INBOX } from '../event-store/messaging-tables.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Row } from '../event-store/read-models.js';
import type { Clock } from '../support/clock.js';

export interface InboxSweepOptions {
  readonly consumer: string;
  readonly store: Pick<EventStore, 'readModels'>;
  readonly clock: Clock;
  readonly caller: string;
  readonly signal: AbortSignal;
}

/** Rows of one commit, and rows that are looked at without a rest. */
const PAGE = 500;
/** Milliseconds between two pages: others want the database too. */
const REST_MS = 20;

/**
 * Removes rows of a consumer's inbox whose time is over, in a store that does not do so itself. Walks over all of them, a page at a time. Answers
 * how many it removed. Throws the store's errors, and the signal's reason.
 */
export async function sweepInbox({ consumer, store, clock, caller, signal }: InboxSweepOptions): Promise<number> {
  const now = clock.now();
  let seen = 0;
  let removed = 0;
  let expired: Row[] = [];
  const remove = async (): Promise<void> => {
    if (expired.length === 0) return;
    const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal });
    await batch.commit(expired.map((row) => ({ kind: 'delete', table: INBOX, row })));
    removed += expired.length;
    expired = [];
  };
  for await (const row of store.readModels.scan(INBOX, { consumer }, { caller, signal })) {
    const expiresAt = row['expires_at'] as Date | null;
    if (expiresAt !== null && expiresAt.getTime() <= now) expired.push({ consumer, message_id: row['message_id'] });
    if (expired.length === PAGE) await remove();
    if (++seen % PAGE === 0) await clock.sleep(REST_MS, signal);
  }
  await remove();
  return removed;
}
