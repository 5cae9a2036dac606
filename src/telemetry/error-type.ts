import { isEventspanError } from '../errors/eventspan-error.js';

/** What kind of error it is, without a word of its message, which may tell of a payload: its code, or the name of its class. */
export function errorTypeOf(error: unknown): string {
  if (isEventspanError(error)) return error.code;
  try {
    const name: unknown = error instanceof Error ? error.constructor.name : typeof error;
    return typeof name === 'string' && name !== '' ? name : 'Error';
  } catch {
    return 'Error';
  }
}
