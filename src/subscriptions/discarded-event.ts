import type { Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';

/** An event that an operator gave up for a consumer. It stays in the log. */
export interface DiscardedEvent {
  readonly consumer: string;
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  readonly type: string;
  readonly position: Position;
  /** The operator's words. */
  readonly reason: string;
  /** Of the event that had failed: how. Absent for those that waited behind it. */
  readonly code?: string;
  readonly message?: string;
  /** Tries of it. */
  readonly attempts: number;
  readonly discardedAt: Date;
}

/** Reads a row of the table of discarded events. */
export function discardedEventOf(row: Row): DiscardedEvent {
  const { code, message } = row;
  return {
    consumer: String(row['consumer']),
    streamId: String(row['stream_id']),
    version: Number(row['version']),
    eventId: String(row['event_id']),
    type: String(row['type']),
    position: String(row['position']) as Position,
    reason: typeof row['reason'] === 'string' ? row['reason'] : '',
    attempts: Number(row['attempts'] ?? 0),
    discardedAt: row['discarded_at'] as Date,
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
  };
}
