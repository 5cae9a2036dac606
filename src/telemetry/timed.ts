import { errorTypeOf } from './error-type.js';

/** How a task ended: with a result, or thrown. */
export type Ending<T> = { readonly result: T; readonly error?: never } | { readonly result?: never; readonly error: unknown };

/** Runs a task and says how long it took, in seconds by a monotonic clock, and how it ended. */
export async function timed<T>(task: () => Promise<T>, ended: (seconds: number, ending: Ending<T>) => void): Promise<T> {
  const from = performance.now();
  const secondsOf = (): number => (performance.now() - from) / 1_000;
  try {
    const result = await task();
    ended(secondsOf(), { result });
    return result;
  } catch (error) {
    ended(secondsOf(), { error });
    throw error;
  }
}

/** The attributes that say how something ended. */
export function outcomeAttributes(
  outcome: string,
  error?: unknown,
): { readonly 'eventspan.outcome': string; readonly 'error.type'?: string } {
  return { 'eventspan.outcome': outcome, ...(error !== undefined && { 'error.type': errorTypeOf(error) }) };
}
