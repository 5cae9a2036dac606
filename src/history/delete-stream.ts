import type { EventStore } from '../event-store/event-store.js';
import { callOptionsOf } from './call-options-of.js';
import { closeAs, type CloseResult, type CloseStreamOptions } from './close-stream.js';

export interface DeleteResult extends CloseResult {
  /** Events that this call removed. */
  readonly removed: number;
}

/**
 * Closes a stream as deleted, then removes its events and snapshots, but for the closing event, which keeps its versions from being given
 * out again. One that is archived loses its events too. Idempotent; broken off between, the same call goes on.
 *
 * What was published, projected, exported or backed up before is not touched. A projection that is behind the stream's end will not see the
 * removed events. Throws as `closeStream` does.
 */
export async function deleteStream(store: EventStore, streamId: string, options: CloseStreamOptions): Promise<DeleteResult> {
  const closed = await closeAs('deleted', { store, streamId, options });
  return { ...closed, removed: await store.deleteEvents(streamId, callOptionsOf(options)) };
}
