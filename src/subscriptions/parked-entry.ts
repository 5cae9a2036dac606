import type { Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';
import type { LaneFailures } from './lane-failures.js';
import { requestOf, type ParkedReason, type ParkedRequest } from './parked-stream.js';

/** Of the error's message in memory; the row has more. */
const SHOWN_CHARACTERS = 200;

/** What a lane keeps in memory of a parked stream, and how far its re-drive is. */
export interface ParkedEntry {
  readonly streamId: string;
  /** Of the first event that was not handled. */
  version: number;
  reason: ParkedReason;
  attempts: number;
  /** The beginning of what is kept of the error. */
  message: string;
  /** How often a re-drive of `version` has begun since an unclean end. */
  starts: number;
  request: ParkedRequest | undefined;
  /** When the request was made that was carried out last, so that an older reading of it is not taken for a new one. */
  doneRequestAt: number;
  /** One event at a time, with a mark before each: a handler may end the process. */
  isCareful: boolean;
  /** Events of the next batch, at most; undefined: as many as a batch has. */
  limit: number | undefined;
  /** Tries of its first event in this re-drive. */
  failures: LaneFailures | undefined;
  /** Milliseconds since 1970 UTC, before which it is not tried again. */
  notBefore: number;
  /** A discard waits for the cursor to come beyond this. */
  waitsAt: Position | undefined;
}

/** A stream that was parked just now, or whose row is read. */
export function newEntry(
  parked: Pick<ParkedEntry, 'streamId' | 'version' | 'reason' | 'attempts' | 'message'> & Partial<ParkedEntry>,
): ParkedEntry {
  return {
    starts: 0,
    request: undefined,
    doneRequestAt: 0,
    isCareful: parked.reason === 'killed',
    limit: undefined,
    failures: undefined,
    notBefore: 0,
    waitsAt: undefined,
    ...parked,
    message: parked.message.slice(0, SHOWN_CHARACTERS),
  };
}

/** After an unclean takeover a re-drive that was asked for may be what ended the process. */
export function entryOf(row: Row, isUnclean: boolean): ParkedEntry {
  const request = requestOf(row);
  const reason = String(row['reason']) as ParkedReason;
  return newEntry({
    streamId: String(row['stream_id']),
    version: Number(row['version']),
    reason,
    attempts: Number(row['attempts'] ?? 0),
    message: String(row['message']),
    starts: Number(row['starts'] ?? 0),
    request,
    isCareful: reason === 'killed' || (isUnclean && request !== undefined),
  });
}
