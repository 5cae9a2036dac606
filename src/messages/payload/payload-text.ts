import { EventspanError } from '../../errors/eventspan-error.js';
import type { PayloadLimits } from '../payload-limits.js';
import type { PayloadFault } from './payload-fault.js';

/** Whose text it is, for the error messages. */
export interface PayloadOwner {
  /** The event's, aggregate's or command's name. */
  readonly label: string;
  readonly part: 'payload' | 'metadata';
  readonly limits: PayloadLimits;
}

/** Throws `PAYLOAD_TOO_LARGE`. */
export function checkSize(text: string, owner: PayloadOwner): string {
  if (text.length > owner.limits.maxCharacters) throw tooLarge(owner, text.length);
  return text;
}

/** The object that `text` holds. Throws `PAYLOAD_TOO_LARGE`, before parsing; `PAYLOAD_UNREADABLE`. */
export function parseObject(text: string, owner: PayloadOwner): object {
  checkSize(text, owner);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(owner, { path: '', reason: 'it is not JSON' }, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unreadable(owner, { path: '', reason: 'it is not an object' });
}

export function notExact(owner: PayloadOwner, fault: PayloadFault, cause?: unknown): EventspanError {
  if (fault.isTooLarge) return tooLarge(owner, `more than ${owner.limits.maxCharacters}`);
  return new EventspanError('PAYLOAD_NOT_EXACT', { type: owner.label, path: `$${fault.path}`, reason: fault.reason }, { cause });
}

export function unreadable(owner: PayloadOwner, fault: PayloadFault, cause?: unknown): EventspanError {
  return new EventspanError('PAYLOAD_UNREADABLE', { type: owner.label, path: `$${fault.path}`, reason: fault.reason }, { cause });
}

function tooLarge({ part, label, limits }: PayloadOwner, size: number | string): EventspanError {
  const bound = limits.maxCharacters;
  return new EventspanError('PAYLOAD_TOO_LARGE', { part, type: label, size, unit: 'characters', bound });
}
