import { checkWholeNumber } from '../errors/check-option.js';

/** When a consumer pauses because what its handlers need is away. */
export interface CircuitBreakerOptions {
  /** Failures in a row, of any events, that open it, 1..1,000, default 10. Only those that may pass count: `retryable` errors and time-outs. */
  readonly failures: number;
  /** Milliseconds that it stays open at first, 10..3,600,000, default 5,000; doubled with each probe that fails. */
  readonly openMs: number;
  /** At most, openMs..3,600,000, default 60,000. */
  readonly maxOpenMs: number;
}

export const DEFAULT_CIRCUIT_BREAKER: CircuitBreakerOptions = Object.freeze({ failures: 10, openMs: 5_000, maxOpenMs: 60_000 });

/**
 * - `closed`: all goes on; failures in a row are counted.
 * - `open`: nothing is begun until `until`.
 * - `half-open`: one batch is being tried; the others wait for what becomes of it.
 */
export type CircuitState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: number; readonly openings: number }
  | { readonly kind: 'half-open'; readonly openings: number };

/** What happened: a batch wants to begin, one succeeded, failed for a reason that may pass, or ended without telling. */
export type CircuitEvent = 'begin' | 'succeeded' | 'failed' | 'ended';

export const CLOSED: CircuitState = Object.freeze({ kind: 'closed', failures: 0 });

/** Pure. What becomes of the state; a `begin` that may not be done leaves it as it is. */
export function nextCircuit(
  state: CircuitState,
  event: CircuitEvent,
  at: { readonly now: number; readonly options: CircuitBreakerOptions },
): CircuitState {
  const { now, options } = at;
  switch (event) {
    case 'begin':
      return state.kind === 'open' && now >= state.until ? { kind: 'half-open', openings: state.openings } : state;
    case 'succeeded':
      return state.kind === 'open' ? state : CLOSED;
    case 'failed':
      return afterFailure(state, now, options);
    case 'ended':
    default:
      // The probe said nothing, as when its shard was lost: the next one is due at once.
      return state.kind === 'half-open' ? { kind: 'open', until: now, openings: state.openings } : state;
  }
}

/** Pure. Milliseconds for which nothing may begin; 0: it may. */
export function circuitPauseMs(state: CircuitState, now: number, { openMs }: CircuitBreakerOptions): number {
  if (state.kind === 'closed') return 0;
  return state.kind === 'open' ? Math.max(0, state.until - now) : Math.min(openMs, PROBE_LOOK_MS);
}

/** While a probe is under way the others look so often what has become of it. */
const PROBE_LOOK_MS = 100;

function afterFailure(state: CircuitState, now: number, options: CircuitBreakerOptions): CircuitState {
  switch (state.kind) {
    case 'closed':
      return state.failures + 1 < options.failures ? { kind: 'closed', failures: state.failures + 1 } : opened(0, now, options);
    case 'half-open':
      return opened(state.openings, now, options);
    case 'open':
    default:
      return state;
  }
}

function opened(openings: number, now: number, { openMs, maxOpenMs }: CircuitBreakerOptions): CircuitState {
  // 2^30 times any openMs is beyond every bound.
  const ms = Math.min(maxOpenMs, openMs * 2 ** Math.min(openings, 30));
  return { kind: 'open', until: now + ms, openings: openings + 1 };
}

/** Throws `OPTION_INVALID`; `path` names the place in the message. Answers the options over the defaults. */
export function checkCircuitBreaker(path: string, options: Partial<CircuitBreakerOptions>): CircuitBreakerOptions {
  const { failures, openMs, maxOpenMs } = { ...DEFAULT_CIRCUIT_BREAKER, ...options };
  checkWholeNumber(`${path}.failures`, failures, { min: 1, max: 1_000 });
  checkWholeNumber(`${path}.openMs`, openMs, { min: 10, max: 3_600_000 });
  checkWholeNumber(`${path}.maxOpenMs`, maxOpenMs, { min: openMs, max: 3_600_000 });
  return { failures, openMs, maxOpenMs };
}
