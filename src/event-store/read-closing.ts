import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from './call-options.js';
import type { EventStore } from './event-store.js';
import type { StoredEvent } from './stored-event.js';
import { STREAM_CLOSED_TYPE, type StreamClosed } from './stream-closed.js';

/** The end of a stream. */
export interface StreamEnd {
  readonly last: StoredEvent;
  /** What its last event says, if that closed it. */
  readonly closed?: StreamClosed;
}

/** The last event of a stream; undefined when it has none. 1 Read. */
export async function readStreamEnd(
  store: Pick<EventStore, 'readStream'>,
  streamId: string,
  options: CallOptions = {},
): Promise<StreamEnd | undefined> {
  for await (const last of store.readStream(streamId, { ...options, direction: 'backwards', limit: 1 })) {
    return last.type === STREAM_CLOSED_TYPE ? { last, closed: JSON.parse(last.data) as StreamClosed } : { last };
  }
  return undefined;
}

/** `STREAM_CLOSED` with what the closing event says: kind, reason, successor. */
export function streamClosed({ last: { streamId, version }, closed }: StreamEnd, cause?: unknown): EventspanError {
  const successor = closed?.successor === undefined ? '' : `; it goes on in ${closed.successor}`;
  const detail = closed === undefined ? '' : ` (${closed.kind}: ${closed.reason}${successor})`;
  return new EventspanError('STREAM_CLOSED', { ...closed, streamId, version, detail }, { cause });
}
