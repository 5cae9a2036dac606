import { EventspanError } from './eventspan-error.js';

/** Throws `OPTION_INVALID` unless `value` is a whole number in [min, max]; answers it. */
export function checkWholeNumber(path: string, value: number, range: { readonly min: number; readonly max: number }): number {
  if (!Number.isSafeInteger(value) || value < range.min || value > range.max) {
    throw new EventspanError('OPTION_INVALID', { path, value, bound: `a whole number from ${range.min} to ${range.max}` });
  }
  return value;
}

/** Throws `OPTION_INVALID` unless `value` is one of `allowed`; answers it. */
export function checkOneOf<T extends string>(path: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw new EventspanError('OPTION_INVALID', { path, value, bound: `one of ${allowed.join(', ')}` });
  return value;
}
