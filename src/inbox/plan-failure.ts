import { isEventspanError } from '../errors/eventspan-error.js';
import { isTransient } from '../errors/is-transient.js';
import type { ResolvedPolicy } from '../subscriptions/handler-policy.js';
import { nextDelayMs } from '../support/backoff.js';
import type { Random } from '../support/random.js';
import type { DeadReason } from './held-message.js';
import { isPermanent } from './is-permanent.js';

/** A message that failed, its tries so far included. */
export interface FailedMessage {
  readonly error: unknown;
  readonly isUnreadable: boolean;
  readonly attempts: number;
  readonly firstFailedAt: number;
  readonly now: number;
  readonly policy: ResolvedPolicy;
  /** Others fail as well, one after another: it is not this message's fault. */
  readonly isOutage: boolean;
}

/** What is to be done about it: try again after a while, or give it up, in the way that the policy says. */
export type FailurePlan =
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly way: 'dead' | 'skip'; readonly reason: DeadReason }
  | { readonly kind: 'stand-still' };

/** Pure, but for the jitter. Permanent errors are given up at once; others when a budget is spent, but not in an outage if they say that they are transient. */
export function planFailure(failed: FailedMessage, random: Random): FailurePlan {
  const { error, isUnreadable, attempts, firstFailedAt, now, policy, isOutage } = failed;
  const { retry, onError } = policy;
  const isSpent = attempts >= retry.attempts || now - firstFailedAt >= retry.totalMs;
  const mustWait = isOutage && isTransient(error);
  if (!isUnreadable && !isPermanent(error) && (!isSpent || mustWait)) {
    return { kind: 'again', delayMs: nextDelayMs({ ...retry, factor: 2 }, attempts, random) };
  }
  if (onError === 'stop') return { kind: 'stand-still' };
  return { kind: 'give-up', way: onError === 'skip' ? 'skip' : 'dead', reason: reasonOf(error, isUnreadable) };
}

function reasonOf(error: unknown, isUnreadable: boolean): DeadReason {
  if (isUnreadable) return 'unreadable';
  return isEventspanError(error, 'HANDLER_TIMED_OUT') ? 'timed-out' : 'failed';
}
