import { EventspanError } from '../errors/eventspan-error.js';

export interface InProcessOptions {
  /**
   * UTF-8 bytes that wait for one consumer at most, 1..2^30, default 16 MiB. Beyond it messages are left out for
   * this consumer until half is free again, but the newest of each key; chained delivery reads them from the log.
   */
  readonly maxQueuedBytes?: number;
  /** Milliseconds from a nack to the next delivery, 0..60,000, default 100. */
  readonly redeliveryDelayMs?: number;
}

export const DEFAULT_IN_PROCESS_OPTIONS = Object.freeze({ maxQueuedBytes: 16 * 1024 * 1024, redeliveryDelayMs: 100 });

const BOUNDS = { maxQueuedBytes: [1, 2 ** 30], redeliveryDelayMs: [0, 60_000] } as const;

/** The options with their defaults; throws `OPTION_INVALID`. */
export function resolveInProcessOptions(options: InProcessOptions): Required<InProcessOptions> {
  const resolved = { ...DEFAULT_IN_PROCESS_OPTIONS, ...options };
  for (const name of ['maxQueuedBytes', 'redeliveryDelayMs'] as const) {
    const [least, most] = BOUNDS[name];
    const value: unknown = resolved[name];
    const fits = Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
    if (!fits)
      throw new EventspanError('OPTION_INVALID', { path: `inProcess.${name}`, value, bound: `an integer from ${least} to ${most}` });
  }
  return resolved;
}
