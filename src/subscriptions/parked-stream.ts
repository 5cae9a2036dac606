import type { Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';

/** Why a stream is parked: its handler failed, took too long, or ended the process. */
export type ParkedReason = 'failed' | 'timed-out' | 'killed';

/** What an operator asked for. */
export interface ParkedRequest {
  readonly kind: 'redrive' | 'discard';
  /** The operator's words. */
  readonly reason?: string;
  /** A discard gives up the events up to this version. */
  readonly upToVersion?: number;
  readonly at: Date;
}

/** A stream that waits for a consumer, with the first event that was not handled. */
export interface ParkedStream {
  readonly consumer: string;
  /** The lane that it waits in: its shard, or 0 for a consumer in global order. */
  readonly shard: number;
  readonly streamId: string;
  /** Of the first event that was not handled; it and all later ones wait in the log. */
  readonly version: number;
  readonly position: Position;
  readonly eventId: string;
  readonly type: string;
  readonly reason: ParkedReason;
  readonly code?: string;
  /** At most 4 KiB. */
  readonly message: string;
  /** At most 8 KiB. */
  readonly stack?: string;
  /** Tries so far, those of re-drives included. */
  readonly attempts: number;
  readonly parkedAt: Date;
  readonly failedAt: Date;
  /** When something was asked for last. */
  readonly requestedAt?: Date;
  /** What was asked for and is not carried out yet. */
  readonly request?: ParkedRequest;
}

/** Reads a row of the table of parked streams. */
export function parkedStreamOf(row: Row): ParkedStream {
  const { code, stack, requested_at: requestedAt } = row;
  const request = requestOf(row);
  return {
    consumer: String(row['consumer']),
    shard: Number(row['shard']),
    streamId: String(row['stream_id']),
    version: Number(row['version']),
    position: String(row['position']) as Position,
    eventId: String(row['event_id']),
    type: String(row['type']),
    reason: String(row['reason']) as ParkedReason,
    message: String(row['message']),
    attempts: Number(row['attempts'] ?? 0),
    parkedAt: row['parked_at'] as Date,
    failedAt: (row['failed_at'] ?? row['parked_at']) as Date,
    ...(typeof code === 'string' && { code }),
    ...(typeof stack === 'string' && { stack }),
    ...(requestedAt !== null && { requestedAt: requestedAt as Date }),
    ...(request !== undefined && { request }),
  };
}

/** The request of a row, if there is one. */
export function requestOf(row: Row): ParkedRequest | undefined {
  const { request: kind, request_reason: reason, request_version: upToVersion, requested_at: at } = row;
  if (kind !== 'redrive' && kind !== 'discard') return undefined;
  return {
    kind,
    at: at as Date,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof upToVersion === 'number' && { upToVersion }),
  };
}
