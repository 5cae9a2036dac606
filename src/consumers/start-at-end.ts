import { isEventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { formatPosition, type Position } from '../event-store/position.js';

export interface StartAtEndOptions {
  readonly store: EventStore;
  readonly consumer: string;
  readonly owner: string;
  readonly caller: string;
}

/**
 * Puts the cursors of a consumer that has not begun yet behind everything that is committed, so that it begins with what comes. A shard whose cursor
 * has a position has begun; one without has not, whoever has made it: each process does this before it handles anything, so a process that ends
 * in between leaves nothing that would be read from the beginning. 1 Read where it has begun; else 3 Reads and 3 Commits.
 */
export async function startAtEnd({ store, consumer, owner, caller }: StartAtEndOptions): Promise<void> {
  for (;;) {
    const { cursors } = await store.cursors.read(consumer, { caller });
    const known = new Map(cursors.map((cursor) => [cursor.shard, cursor]));
    const shards = Array.from({ length: store.shardCount }, (_, shard) => shard);
    const claims = shards
      .filter((shard) => known.get(shard)?.position === undefined)
      .map((shard) => ({ shard, token: known.get(shard)?.token ?? 0 }));
    if (claims.length === 0) return;
    const position = endAt(await store.currentTime({ caller }));
    const taken = await store.cursors.take(consumer, owner, claims, { caller });
    try {
      await store.cursors.advance(
        taken.filter((cursor) => cursor.position === undefined).map(({ shard, token }) => ({ consumer, shard, token, position })),
        { caller },
      );
      await store.cursors.release(taken, { caller });
    } catch (error) {
      // Another process does the same at this moment, or nobody knows what became of it: it is looked at anew.
      if (!isEventspanError(error, 'CURSOR_LOST') && !isEventspanError(error, 'OUTCOME_UNKNOWN')) throw error;
    }
  }
}

/** Behind every event that was committed by then. */
function endAt(commitTime: string): Position {
  return formatPosition({ commitTime, commitIndex: 999_999, streamId: '\u{10ffff}', version: 1 });
}
