import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import { comparePositions, type Position } from '../../event-store/position.js';
import type { RowChange } from '../../event-store/read-models.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import { PARKED_STREAMS } from '../../event-store/system-tables.js';
import type { HeldCursor } from '../../subscriptions/held-cursors.js';
import { replacementRows, type StreamReplay } from './replacement-rows.js';

/** Events of one stream that are gone through for one commit, at most. */
export const MAX_STREAM_EVENTS = 10_000;

export interface StreamRebuild extends Omit<StreamReplay, 'events'> {
  readonly store: EventStore;
  readonly consumer: string;
  readonly streamId: string;
  readonly shard: number;
  /** Where the shard stands, and the token under which nobody else moves it. */
  readonly cursor: HeldCursor;
  /** Committed with the rows. */
  readonly also: readonly RowChange[];
  readonly caller: string;
}

/**
 * Runs the events of a stream up to the cursor on an empty view and puts the rows in place of those that are there, in one commit under the
 * cursor's token. Throws `REBUILD_STREAMS_UNSUPPORTED` for a stream that is parked, `REBUILD_STREAM_TOO_LONG`, what the handlers throw.
 */
export async function rebuildStream(rebuild: StreamRebuild): Promise<void> {
  const { store, consumer, streamId, shard, cursor, also, caller, projector } = rebuild;
  const [parked] = await store.readModels.get(PARKED_STREAMS, [{ consumer, shard, stream_id: streamId }], { caller });
  if (parked !== undefined) {
    const reason = `the stream ${streamId} is parked; re-drive or discard it first`;
    throw new EventspanError('REBUILD_STREAMS_UNSUPPORTED', { projector: projector.name, reason });
  }
  const changes = await replacementRows({ ...rebuild, events: await eventsUpTo(rebuild, cursor.position) });
  const batch = await store.readModels.openBatch({ rows: 'stream', caller });
  await batch.commit([...changes, ...also], { consumer, shard, token: cursor.token });
}

async function eventsUpTo({ store, streamId, caller }: StreamRebuild, end: Position | undefined): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  if (end === undefined) return events;
  for await (const event of store.readStream(streamId, { limit: MAX_STREAM_EVENTS + 1, caller })) {
    if (comparePositions(event.position, end) > 0) break;
    if (events.length === MAX_STREAM_EVENTS) throw new EventspanError('REBUILD_STREAM_TOO_LONG', { streamId, limit: MAX_STREAM_EVENTS });
    events.push(event);
  }
  return events;
}
