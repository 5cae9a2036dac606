import { isEventspanError } from '../errors/eventspan-error.js';

/** Whether trying again is of no use: the error says `retryable: false`, as most of Eventspan's own do. One that says nothing is tried again. */
export function isPermanent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    return (error as { readonly retryable?: unknown }).retryable === false && !isEventspanError(error, 'HANDLER_TIMED_OUT');
  } catch {
    return false; // a getter of a user's own
  }
}
