import type { Clock } from './clock.js';

/**
 * Waits for `promise`, at most `ms` milliseconds; answers whether it resolved in time. Rejects as it does, if in time.
 * The promise itself goes on; its later rejection counts as handled.
 */
export async function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  const decided = new AbortController();
  const tooLate = clock.sleep(ms, decided.signal).then(
    () => false,
    (reason: unknown) => {
      if (!decided.signal.aborted) throw reason;
      return true;
    },
  );
  try {
    return await Promise.race([promise.then(() => true), tooLate]);
  } finally {
    decided.abort();
  }
}
