import { comparePositions, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { HistoryDigest } from './history-digest.js';

/** What the last line of an export says of its events. */
export interface HistoryCounts {
  readonly events: number;
  readonly streams: number;
  /** Sum of the SHA-256 of all events: 64 hexadecimal digits. */
  readonly digest: string;
}

/** A stream in the tally. */
interface Head {
  version: number;
  isClosed: boolean;
}

/**
 * Counts events in log order, and finds what cannot be in a log: a hole in a stream, an event out of order, one after its stream's end.
 * Memory grows with the number of streams, by about 150 bytes each.
 */
export class HistoryTally {
  /** Of the last event. */
  last: Position | undefined;
  events = 0;
  private readonly heads = new Map<string, Head>();
  private readonly digest = new HistoryDigest();

  /** `isPart`: the streams need not begin at version 1, as in an export of what came after a position. */
  constructor(private readonly isPart: boolean) {}

  /** Answers why the event cannot stand here; undefined when it was counted. */
  add(event: StoredEvent): string | undefined {
    const head = this.heads.get(event.streamId);
    const fault = this.orderFault(event) ?? this.streamFault(event, head);
    if (fault !== undefined) return fault;
    const isClosed = event.type === STREAM_CLOSED_TYPE;
    if (head === undefined) this.heads.set(event.streamId, { version: event.version, isClosed });
    else Object.assign(head, { version: event.version, isClosed });
    this.last = event.position;
    this.events++;
    this.digest.add(event);
    return undefined;
  }

  counts(): HistoryCounts {
    return { events: this.events, streams: this.heads.size, digest: this.digest.toString() };
  }

  private orderFault({ position }: StoredEvent): string | undefined {
    if (this.last === undefined || comparePositions(this.last, position) < 0) return undefined;
    return `its position ${position} is not after the one before it, ${this.last}`;
  }

  /** The closing event of a deleted stream is all that is left of it. */
  private streamFault({ streamId, version, type }: StoredEvent, head: Head | undefined): string | undefined {
    if (head?.isClosed) return `the stream ${streamId} was closed at version ${head.version}`;
    const expected = (head?.version ?? 0) + 1;
    if (version === expected || (version > expected && type === STREAM_CLOSED_TYPE)) return undefined;
    if (head === undefined && this.isPart) return undefined;
    return `it is version ${version} of ${streamId}, and version ${expected} must come next`;
  }
}
