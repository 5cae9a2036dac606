import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { readStreamEnd, type StreamEnd } from '../event-store/read-closing.js';
import { commitTimeOf } from '../event-store/stored-event.js';
import { checkStreamId } from '../event-store/stream-id.js';
import type { StreamClosed } from '../event-store/stream-closed.js';
import { callOptionsOf } from './call-options-of.js';
import { closingEvent, type ClosingContext } from './closing-event.js';

export interface CloseStreamOptions extends ClosingContext, CallOptions {
  /** Why: 1..1,000 characters, kept in the closing event. */
  readonly reason: string;
  /** Close it only at this version. Default: at whatever it is. */
  readonly expectedVersion?: number;
  /** The stream that goes on in its place, named to whoever still appends. */
  readonly successor?: string;
}

/** A stream that is closed. */
export interface ClosedStream extends StreamClosed {
  readonly streamId: string;
  /** Of its closing event, the last one. */
  readonly version: number;
  /** When it was closed, by the store: RFC 3339, UTC. */
  readonly closedAt: string;
}

export interface CloseResult extends ClosedStream {
  /** True when it was closed before; then all this is of that closing. */
  readonly repeated: boolean;
}

const ATTEMPTS = 5;

/**
 * Archives a stream: its last event says that it is closed, nothing is appended any more (`STREAM_CLOSED`, in every store), its events stay
 * and can be read. Projections and handlers do not see the closing event; relays publish it. Idempotent: a stream that is closed stays as it is. 1 Read and 1 Commit.
 *
 * Throws `STREAM_UNKNOWN`, `VERSION_CONFLICT` (against `expectedVersion`, or five times against other writers), `OPTION_INVALID`, `STREAM_ID_INVALID`, what the store throws.
 */
export function closeStream(store: EventStore, streamId: string, options: CloseStreamOptions): Promise<CloseResult> {
  return closeAs('archived', { store, streamId, options });
}

/** What is closed, and how. */
export interface Closing {
  readonly store: EventStore;
  readonly streamId: string;
  readonly options: CloseStreamOptions;
}

export async function closeAs(kind: StreamClosed['kind'], { store, streamId, options }: Closing): Promise<CloseResult> {
  checkStreamId(streamId);
  const { reason, successor, expectedVersion } = options;
  if (successor !== undefined) checkStreamId(successor);
  const event = closingEvent({ kind, reason, ...(successor !== undefined && { successor }) }, options);
  for (let attempt = 1; ; attempt++) {
    const end = await readStreamEnd(store, streamId, callOptionsOf(options));
    if (end === undefined) throw new EventspanError('STREAM_UNKNOWN', { streamId, asOf: '' });
    if (end.closed !== undefined) return resultOf(end, end.closed, end.last.eventId !== event.eventId);
    const write = { streamId, expectedVersion: expectedVersion ?? end.last.version, events: [event] };
    try {
      await store.append({ writes: [write] }, callOptionsOf(options));
    } catch (error) {
      // What is there now says whether somebody closed it, this call included, or went on writing.
      if (!isWorthALook(error, expectedVersion) || attempt === ATTEMPTS) throw error;
    }
  }
}

function isWorthALook(error: unknown, expectedVersion: number | undefined): boolean {
  if (isEventspanError(error, 'VERSION_CONFLICT')) return expectedVersion === undefined;
  return isEventspanError(error, 'STREAM_CLOSED') || isEventspanError(error, 'OUTCOME_UNKNOWN');
}

function resultOf({ last }: StreamEnd, closed: StreamClosed, repeated: boolean): CloseResult {
  return { ...closed, streamId: last.streamId, version: last.version, closedAt: commitTimeOf(last), repeated };
}
