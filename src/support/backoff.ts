import type { Random } from './random.js';

/** How long to wait between tries. */
export interface Backoff {
  /** Milliseconds before the first repeat, at most. */
  readonly initialMs: number;
  /** Factor from one repeat to the next. */
  readonly factor: number;
  /** Milliseconds no wait exceeds. */
  readonly maxMs: number;
}

/**
 * The wait before repeat `attempt` (1 for the first), with full jitter: uniform in [0, min(maxMs, initialMs × factor^(attempt-1))].
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function nextDelayMs(backoff: Backoff, attempt: number, random: Random): number {
  const ceiling = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (attempt - 1));
  return Math.floor(random() * (ceiling + 1));
}
