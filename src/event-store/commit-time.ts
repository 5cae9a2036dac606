import { EventspanError } from '../errors/eventspan-error.js';

const RFC3339_UTC = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * The microsecond at which an embedded store stamps its next commit: the clock's, and above every one given before, so that
 * commit times are unique and ascend also when the clock stands still or steps back.
 */
export function nextCommitMicros(nowMs: number, lastMicros: number): number {
  return Math.max(Math.floor(nowMs) * 1000, lastMicros + 1);
}

/** Microseconds since 1970 as RFC 3339, UTC, nine digits of fraction. */
export function formatMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, 23)}${rest}000Z`;
}

/** A time in RFC 3339, UTC, with any number of digits up to nine, as the text of 30 characters that positions begin with. */
export function normalizeTime(path: string, text: string): string {
  const match = RFC3339_UTC.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) {
    throw new EventspanError('OPTION_INVALID', { path, value: text, bound: 'a time in RFC 3339, UTC' });
  }
  return `${match[1] as string}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}
