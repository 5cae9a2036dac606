import type { Observe } from '../telemetry/metrics.js';
import type { Vitals } from '../telemetry/vitals.js';

/** A part of the application that runs between `start` and `stop`, beside relay and projections. */
export interface AppEngine {
  /** In `status()`, and in `STOP_TIMED_OUT`. */
  readonly name: string;
  start(): Promise<void>;
  /** Finishes what is in hand, or gives it up after `deadlineMs`. Idempotent, also before `start`. Never throws. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
  /** Something was asked of the streams that a consumer has parked; whoever runs that consumer here looks at once. Never throws. */
  lookForRequests?(consumer: string): void;
  /** Plain data, fit for JSON. */
  status(): object;
  /** Says its counters and gauges, from what it knows: called, synchronously, when a metrics reader collects. */
  signals?(observe: Observe): void;
  /** Of its loops, for `app.health()`. */
  vitals?(): readonly Vitals[];
}
