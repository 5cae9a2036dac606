import { DEAD_LETTER_CONTENTS, DEAD_LETTERS } from '../../event-store/messaging-tables.js';
import type { RowChange } from '../../event-store/read-models.js';
import { failureTexts } from '../../subscriptions/failure-texts.js';
import type { HeldMessage, Verdict } from '../held-message.js';
import { contentsOf } from './letter-contents.js';

/** The row of a dead letter. */
export interface LetterKey {
  readonly consumer: string;
  readonly message_id: string;
}

/** Keeps a message; of an ordered consumer with its place among those of its key. */
export function keepChanges(
  key: LetterKey,
  message: HeldMessage,
  { verdict, now, order }: { readonly verdict: Verdict; readonly now: number; readonly order?: { key: string; sequence: number } },
): readonly RowChange[] {
  const { code, message: text, stack } = failureTexts(verdict.error);
  const { attributes, transportKey, encoding, data } = contentsOf(message.received);
  const row = {
    ...key,
    ordering_key: order?.key ?? null,
    sequence: order?.sequence ?? null,
    type: message.incoming?.type ?? null,
    subject: message.incoming?.subject ?? null,
    reason: verdict.reason,
    code,
    message: text,
    attempts: message.attempts,
    arrived_at: new Date(message.arrivedAt),
    failed_at: new Date(now),
  };
  return [
    { kind: 'insert', table: DEAD_LETTERS, row },
    { kind: 'insert', table: DEAD_LETTER_CONTENTS, row: { ...key, attributes, transport_key: transportKey, encoding, data, stack } },
  ];
}

/** Removes a dead letter that must still be there: of two who do it, one is told `VIEW_ROW_MISSING`. */
export function removeChanges(key: LetterKey): readonly RowChange[] {
  return [
    { kind: 'update', table: DEAD_LETTERS, row: { ...key, request: null } },
    { kind: 'delete', table: DEAD_LETTERS, row: { ...key } },
    { kind: 'delete', table: DEAD_LETTER_CONTENTS, row: { ...key } },
  ];
}

/** It failed again, or cannot be tried: what was asked for is done. */
export function failedAgainChanges(
  key: LetterKey,
  { verdict, attempts, now }: { readonly verdict: Verdict; readonly attempts: number; readonly now: number },
): readonly RowChange[] {
  const { code, message, stack } = failureTexts(verdict.error);
  const row = { ...key, reason: verdict.reason, code, message, attempts, failed_at: new Date(now), request: null };
  return [
    { kind: 'update', table: DEAD_LETTERS, row },
    { kind: 'update', table: DEAD_LETTER_CONTENTS, row: { ...key, stack } },
  ];
}
