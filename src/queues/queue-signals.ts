import { DEFAULT_SUBSCRIPTION_TUNING } from '../subscriptions/subscription-options.js';
import { observeSubscription, subscriptionVitals } from '../subscriptions/subscription-signals.js';
import type { Observe } from '../telemetry/metrics.js';
import { loopVitals, type TransportState, type Vitals } from '../telemetry/vitals.js';
import type { ResolvedQueue } from './queue-definition.js';
import { feedConsumer, workConsumer } from './queue-names.js';
import type { QueueStatus } from './queue-status.js';
import type { SweepFindings } from './sweep.js';

/** What a queue tells of itself, as its sweeps find it; of its tasks only one process knows, the one that sweeps. */
export class QueueSignals {
  /** Tasks given to workers again. */
  swept = 0;
  private found: SweepFindings | undefined;
  private turnedAtMs: number | undefined;

  constructor(private readonly queue: Pick<ResolvedQueue, 'name' | 'visibilityMs'>) {}

  /** The loop of the sweep begins a turn. */
  turned(nowMs: number): void {
    this.turnedAtMs = nowMs;
  }

  /** Undefined: another process sweeps. */
  saw(found: SweepFindings | undefined): void {
    this.found = found;
    this.swept += found?.given ?? 0;
  }

  observe({ state, feed }: QueueStatus, nowMs: number, observe: Observe): void {
    const { name } = this.queue;
    observeSubscription({ consumer: feedConsumer(name), nowMs }, feed, observe);
    if (this.found === undefined || state === 'stopped') return;
    observe('eventspan.queue.tasks', this.found.waiting, { 'eventspan.queue': name });
    observe('eventspan.queue.lag.seconds', this.found.lagMs / 1_000, { 'eventspan.queue': name });
    observe('eventspan.dead_letters', this.found.dead, { 'eventspan.consumer': workConsumer(name) });
  }

  vitals({ state, feed }: QueueStatus, transport: TransportState | undefined): readonly Vitals[] {
    const { name, visibilityMs: leaseMs } = this.queue;
    const turnedAtMs = state === 'running' ? this.turnedAtMs : undefined;
    return [
      loopVitals({ name: workConsumer(name), leaseMs, turnedAtMs, transport }),
      subscriptionVitals({ consumer: feedConsumer(name), leaseMs: DEFAULT_SUBSCRIPTION_TUNING.leaseMs }, feed),
    ];
  }
}
