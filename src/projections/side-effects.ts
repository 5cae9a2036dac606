import type { Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { AfterCommit } from './inline/after-commit.js';
import { messageOf } from '../support/message-of.js';

export interface SideEffectsOptions {
  readonly projector: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds for each; 0: as long as it likes. */
  readonly timeoutMs: number;
}

/** Runs what handlers gave to `afterCommit`, one after another, in order. Answers how many failed; each is logged. Never throws. */
export async function runSideEffects(effects: readonly AfterCommit[], options: SideEffectsOptions): Promise<number> {
  let failures = 0;
  for (const effect of effects) {
    try {
      await inTime(effect, options);
    } catch (error) {
      failures++;
      const reason = messageOf(error);
      options.logger.error({ projector: options.projector, reason }, 'a side effect failed; it is not repeated');
    }
  }
  return failures;
}

async function inTime(effect: AfterCommit, { clock, timeoutMs }: SideEffectsOptions): Promise<void> {
  const running = effect();
  if (running === undefined || timeoutMs === 0) return running;
  const done = new AbortController();
  const overdue = clock.sleep(timeoutMs, done.signal).then(
    () => Promise.reject(new Error(`it was not done after ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    await Promise.race([running, overdue]);
  } finally {
    done.abort();
  }
}
