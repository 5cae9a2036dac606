import { checkWholeNumber } from '../errors/check-option.js';

export interface TimerTuning {
  /** Milliseconds between looks for timers that other processes scheduled, 1 Read each, 50..60,000, default 500. */
  readonly pollMs: number;
  /** Milliseconds after which a process fires what is overdue in shards that others hold, 0..60,000, default 250. */
  readonly graceMs: number;
  /** Milliseconds after which another process may take a shard of timers that was not renewed, 1,000..600,000, default 10,000. */
  readonly leaseMs: number;
  /** Timers fired in one commit, 1..1,000, default 200. */
  readonly batchSize: number;
}

export const DEFAULT_TIMER_TUNING: TimerTuning = Object.freeze({ pollMs: 500, graceMs: 250, leaseMs: 10_000, batchSize: 200 });

/** The tuning with its defaults; throws `OPTION_INVALID`. */
export function resolveTimerTuning(given: Partial<TimerTuning> = {}): TimerTuning {
  const tuning = { ...DEFAULT_TIMER_TUNING, ...given };
  checkWholeNumber('timers.pollMs', tuning.pollMs, { min: 50, max: 60_000 });
  checkWholeNumber('timers.graceMs', tuning.graceMs, { min: 0, max: 60_000 });
  checkWholeNumber('timers.leaseMs', tuning.leaseMs, { min: 1_000, max: 600_000 });
  checkWholeNumber('timers.batchSize', tuning.batchSize, { min: 1, max: 1_000 });
  return tuning;
}
