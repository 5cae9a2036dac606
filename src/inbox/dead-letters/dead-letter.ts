import type { Row } from '../../event-store/read-models.js';
import type { DeadReason } from '../held-message.js';
import type { LetterContents } from './letter-contents.js';

/** A message that a consumer could not handle. */
export interface DeadLetter {
  readonly consumer: string;
  /** In the inbox of the consumer: source and id of the message. */
  readonly messageId: string;
  /** Messages of one key are handled in order: all of a key wait until the first is dealt with. Absent where there is no order. */
  readonly key?: string;
  /** Absent where the message cannot be read. */
  readonly type?: string;
  readonly subject?: string;
  readonly reason: DeadReason;
  readonly code?: string;
  /** At most 4 KiB. */
  readonly message: string;
  /** Tries so far, those of re-drives included. */
  readonly attempts: number;
  readonly arrivedAt: Date;
  readonly failedAt: Date;
  /** An operator has asked for it to be handled again, and that has not been done. */
  readonly isRequested: boolean;
  readonly requestedAt?: Date;
}

/** What an operator did to a dead letter. */
export interface DeadLetterChange {
  readonly kind: 'edit' | 'discard';
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly before: Omit<LetterContents, 'transportKey'>;
  /** Of an edit. */
  readonly after?: Pick<LetterContents, 'attributes' | 'data'>;
}

/** Everything about one dead letter. */
export interface DeadLetterDetails extends DeadLetter {
  readonly contents: LetterContents;
  /** At most 8 KiB. */
  readonly stack?: string;
  /** What was done to it, oldest first. */
  readonly changes: readonly DeadLetterChange[];
}

export function deadLetterOf(row: Row): DeadLetter {
  const text = (column: string): string | undefined => (typeof row[column] === 'string' ? row[column] : undefined);
  const [key, type, subject, code] = ['ordering_key', 'type', 'subject', 'code'].map(text);
  const requestedAt = row['requested_at'] as Date | null;
  return {
    consumer: String(row['consumer']),
    messageId: String(row['message_id']),
    ...(key !== undefined && { key }),
    ...(type !== undefined && { type }),
    ...(subject !== undefined && { subject }),
    reason: row['reason'] as DeadReason,
    ...(code !== undefined && { code }),
    message: text('message') ?? '',
    attempts: Number(row['attempts'] ?? 0),
    arrivedAt: row['arrived_at'] as Date,
    failedAt: row['failed_at'] as Date,
    isRequested: row['request'] === 'redrive',
    ...(requestedAt !== null && { requestedAt }),
  };
}

export function deadLetterChangeOf(row: Row): DeadLetterChange {
  const kind = row['kind'] as DeadLetterChange['kind'];
  return {
    kind,
    by: String(row['changed_by']),
    reason: String(row['reason']),
    at: row['changed_at'] as Date,
    before: {
      attributes: String(row['attributes_before']),
      encoding: row['encoding_before'] as LetterContents['encoding'],
      data: String(row['data_before']),
    },
    ...(kind === 'edit' && { after: { attributes: String(row['attributes_after']), data: String(row['data_after']) } }),
  };
}
