import { Cron } from 'croner';
import { EventspanError } from '../errors/eventspan-error.js';
import { messageOf } from '../support/message-of.js';
import type { Recurrence } from './timer-entry.js';

/** Fields of a cron expression; croner would also take a date, which does not recur, and names such as @daily. */
const FIELDS = /^\s*(\S+\s+){4,5}\S+\s*$/;

/**
 * The first time after `afterMs` that an expression names, to the second; undefined where there is none for good. In the hour that the clocks
 * leave out a fixed time comes right after it, in the hour that comes twice once. Throws `CRON_INVALID`.
 */
export function nextOccurrence({ cron, timeZone }: Pick<Recurrence, 'cron' | 'timeZone'>, afterMs: number): Date | undefined {
  if (!FIELDS.test(cron)) throw invalid({ cron, timeZone }, 'it does not have five or six fields');
  try {
    return new Cron(cron, { timezone: timeZone }).nextRun(new Date(afterMs)) ?? undefined;
  } catch (error) {
    throw invalid({ cron, timeZone }, messageOf(error), error);
  }
}

/** When a recurring timer that was due at `dueAt` and fires now is due next: missed occurrences are passed over, unless all are wanted. */
export function occurrenceAfter(recurrence: Recurrence, dueAt: Date, nowMs: number): Date | undefined {
  const from = recurrence.missed === 'all' ? dueAt.getTime() : Math.max(dueAt.getTime(), nowMs);
  return nextOccurrence(recurrence, from);
}

function invalid(given: Pick<Recurrence, 'cron' | 'timeZone'>, reason: string, cause?: unknown): EventspanError {
  return new EventspanError('CRON_INVALID', { ...given, reason }, { cause });
}
