import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';

/**
 * What becomes of an event that its handler could not handle, after its tries. `park`: its stream is parked, the reason is kept, and the others
 * flow on. `stop`: its shard stands still before it, and it is tried again slowly. `skip`: it is passed over, with a line in the log.
 */
export type OnError = 'park' | 'stop' | 'skip';

/** How an event is tried again. It has failed for good when either bound is reached. */
export interface RetryOptions {
  /** Tries of one event, the first included, 1..1,000, default 5. */
  readonly attempts: number;
  /** Milliseconds before the first repeat at most, 1..maxMs, default 50; doubled for each further one, with full jitter. */
  readonly initialMs: number;
  /** Milliseconds no wait exceeds, up to 600,000, default 5,000. */
  readonly maxMs: number;
  /** Milliseconds from the first failure after which no further try begins, 1..86,400,000, default 60,000. */
  readonly totalMs: number;
}

/** How a handler's failures are dealt with. What is left out is as the projector says, and else as the application says. */
export interface HandlerPolicy {
  /** Default `park`. */
  readonly onError?: OnError;
  readonly retry?: Partial<RetryOptions>;
  /**
   * Milliseconds that a handler may take for one event, 0..3,600,000, default 30,000; 0: as long as it likes. Reads of its view do not count. A
   * handler that never gives the thread back (a busy loop) cannot be timed out; a watchdog has to end the process, and then the event is
   * found as one that kills.
   */
  readonly timeoutMs?: number;
}

/** A policy with nothing left out. */
export type ResolvedPolicy = Required<HandlerPolicy> & { readonly retry: RetryOptions };

export const DEFAULT_RETRY: RetryOptions = Object.freeze({ attempts: 5, initialMs: 50, maxMs: 5_000, totalMs: 60_000 });
export const DEFAULT_POLICY: ResolvedPolicy = Object.freeze({ onError: 'park', retry: DEFAULT_RETRY, timeoutMs: 30_000 });

const WAYS: readonly OnError[] = ['park', 'stop', 'skip'];

/** The policies laid over the defaults, the last counting most. */
export function resolvePolicy(...policies: readonly (HandlerPolicy | undefined)[]): ResolvedPolicy {
  let resolved = DEFAULT_POLICY;
  for (const policy of policies) if (policy !== undefined) resolved = overlay(resolved, policy);
  return resolved;
}

/** What a handler's own policy says, over what its projector says. */
export function mergePolicies(projector: HandlerPolicy, handler: HandlerPolicy | undefined): HandlerPolicy {
  const onError = handler?.onError ?? projector.onError;
  const timeoutMs = handler?.timeoutMs ?? projector.timeoutMs;
  const retry = { ...projector.retry, ...handler?.retry };
  return { retry, ...(onError !== undefined && { onError }), ...(timeoutMs !== undefined && { timeoutMs }) };
}

/** Throws `OPTION_INVALID`; `path` names the place in the message. Answers the policy over the defaults. */
export function checkPolicy(path: string, ...policies: readonly (HandlerPolicy | undefined)[]): ResolvedPolicy {
  const { onError, retry, timeoutMs } = resolvePolicy(...policies);
  checkOneOf(`${path}.onError`, onError, WAYS);
  checkWholeNumber(`${path}.timeoutMs`, timeoutMs, { min: 0, max: 3_600_000 });
  checkWholeNumber(`${path}.retry.attempts`, retry.attempts, { min: 1, max: 1_000 });
  checkWholeNumber(`${path}.retry.maxMs`, retry.maxMs, { min: 1, max: 600_000 });
  checkWholeNumber(`${path}.retry.initialMs`, retry.initialMs, { min: 1, max: retry.maxMs });
  checkWholeNumber(`${path}.retry.totalMs`, retry.totalMs, { min: 1, max: 86_400_000 });
  return { onError, retry, timeoutMs };
}

function overlay(base: ResolvedPolicy, { onError, retry, timeoutMs }: HandlerPolicy): ResolvedPolicy {
  return {
    onError: onError ?? base.onError,
    retry: retry === undefined ? base.retry : { ...base.retry, ...retry },
    timeoutMs: timeoutMs ?? base.timeoutMs,
  };
}
