import { isEventspanError } from '../errors/eventspan-error.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Clock } from '../support/clock.js';

const RETRIES = 6;
const BACKOFF: Backoff = { initialMs: 200, factor: 2, maxMs: 10_000 };

/** Repeats a call that may be repeated, up to six times, while the store cannot be reached or does not say. Throws the last error. */
export async function retried<T>(
  call: () => Promise<T>,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || attempt > RETRIES) throw error;
      await options.clock.sleep(nextDelayMs(BACKOFF, attempt, Math.random), options.signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  return isEventspanError(error, 'STORE_UNAVAILABLE') || isEventspanError(error, 'OUTCOME_UNKNOWN');
}
