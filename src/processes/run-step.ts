import { EventspanError } from '../errors/eventspan-error.js';
import type { Clock } from '../support/clock.js';
import { within } from '../support/within.js';

export interface StepLimits {
  readonly clock: Clock;
  /** 0: as long as it likes. */
  readonly timeoutMs: number;
  readonly type: string;
  readonly process: string;
}

/** Calls a handler, and waits where it has to be waited for. Throws what it throws, and `HANDLER_TIMED_OUT`. */
export async function runStep(step: () => unknown, { clock, timeoutMs, type, process }: StepLimits): Promise<void> {
  const done = step();
  if (!(typeof done === 'object' && done !== null && 'then' in done)) return;
  const promise = Promise.resolve(done);
  if (timeoutMs === 0) return void (await promise);
  if (!(await within(clock, timeoutMs, promise))) throw new EventspanError('HANDLER_TIMED_OUT', { type, projector: process, timeoutMs });
}
