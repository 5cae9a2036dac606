import { EventspanError } from '../../errors/eventspan-error.js';
import type { DeadReason } from '../held-message.js';
import type { DeadLetter } from './dead-letter.js';

/** Which dead letters are meant: those to which everything that is named applies. */
export interface DeadLetterSelection {
  readonly consumer?: string;
  readonly messageId?: string;
  /** All of one subject. */
  readonly key?: string;
  readonly reason?: DeadReason;
  /** The code of the error. */
  readonly code?: string;
  /** The type of the message. */
  readonly type?: string;
  /** Needed where nothing else is named. */
  readonly all?: true;
}

/** Throws `DEAD_LETTER_SELECTION_INVALID` for one that names nothing. */
export function checkLetterSelection(selection: DeadLetterSelection): void {
  if (Object.values(selection).some((part) => part !== undefined)) return;
  throw new EventspanError('DEAD_LETTER_SELECTION_INVALID');
}

export function isLetterSelected(letter: DeadLetter, selection: DeadLetterSelection): boolean {
  const named = ['consumer', 'messageId', 'key', 'reason', 'code', 'type'] as const;
  return named.every((name) => selection[name] === undefined || letter[name] === selection[name]);
}
