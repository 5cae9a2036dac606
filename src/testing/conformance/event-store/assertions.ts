import assert from 'node:assert/strict';
import { isEventspanError, type EventspanError } from '../../../errors/eventspan-error.js';
import type { ErrorCode } from '../../../errors/codes.js';

/** Awaits a rejection with the code, and answers the error. */
export async function rejectsWith(code: ErrorCode, promise: Promise<unknown>): Promise<EventspanError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) assert.fail(`expected ${code}, and it succeeded with ${JSON.stringify(outcome.value)}`);
  const { error } = outcome;
  if (!isEventspanError(error)) throw error;
  assert.equal(error.code, code, error.message);
  return error;
}

/** Everything an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
