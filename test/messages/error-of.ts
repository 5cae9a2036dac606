import { EventspanError } from '../../src/errors/eventspan-error.js';

/** What `run` throws, which must be an EventspanError. */
export function errorOf(run: () => unknown): EventspanError {
  try {
    run();
  } catch (error) {
    if (error instanceof EventspanError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export function codeOf(run: () => unknown): string {
  return errorOf(run).code;
}

/** `PAYLOAD_NOT_EXACT $.items[3].price` */
export function codeAndPathOf(run: () => unknown): string {
  const error = errorOf(run);
  return `${error.code} ${String(error.details['path'])}`;
}
