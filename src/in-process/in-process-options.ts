import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';

export interface InProcessOptions {
  /**
   * UTF-8 bytes that wait for one consumer at most, 1..2^30, default 16 MiB. What happens beyond it, says `whenFull`.
   */
  readonly maxQueuedBytes?: number;
  /**
   * What becomes of messages beyond `maxQueuedBytes`. `'drop'` (default): they are left out for this consumer until half is free again, but the
   * newest of each key; chained delivery reads them from the log. `'refuse'`: publishing fails with `PUBLISH_FAILED`, for all consumers, until
   * there is room (a batch goes into an empty queue whatever its size); for topics whose consumers have no log to read.
   */
  readonly whenFull?: 'drop' | 'refuse';
  /** Milliseconds from a nack to the next delivery, 0..60,000, default 100; a consumer's own `retry` counts more. */
  readonly redeliveryDelayMs?: number;
}

export const DEFAULT_IN_PROCESS_OPTIONS = Object.freeze({
  maxQueuedBytes: 16 * 1024 * 1024,
  whenFull: 'drop',
  redeliveryDelayMs: 100,
} as const satisfies InProcessOptions);

/** The options with their defaults; throws `OPTION_INVALID`. */
export function resolveInProcessOptions(options: InProcessOptions): Required<InProcessOptions> {
  const resolved = { ...DEFAULT_IN_PROCESS_OPTIONS, ...options };
  checkWholeNumber('inProcess.maxQueuedBytes', resolved.maxQueuedBytes, { min: 1, max: 2 ** 30 });
  checkOneOf('inProcess.whenFull', resolved.whenFull, ['drop', 'refuse']);
  checkWholeNumber('inProcess.redeliveryDelayMs', resolved.redeliveryDelayMs, { min: 0, max: 60_000 });
  return resolved;
}
