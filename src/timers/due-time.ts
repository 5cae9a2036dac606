import { types } from 'node:util';
import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { TimerDue } from '../messaging/outgoing.js';

/** A hundred years. */
const MAX_IN_MS = 3_155_760_000_000;
const MAX_AT_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** When a timer is due. One that was due in the past fires at once. Throws `OPTION_INVALID`. */
export function dueTime(due: TimerDue, nowMs: number): Date {
  if ('in' in due) return new Date(nowMs + checkWholeNumber('timer.in', due.in, { min: 0, max: MAX_IN_MS }));
  const { at } = due as { readonly at: unknown };
  // Not instanceof: under jest a cloned Date is of another realm.
  if (types.isDate(at) && at.getTime() >= 0 && at.getTime() <= MAX_AT_MS) return new Date(at);
  throw new EventspanError('OPTION_INVALID', { path: 'timer.at', value: String(at), bound: 'a Date from 1970 to the year 9999' });
}
