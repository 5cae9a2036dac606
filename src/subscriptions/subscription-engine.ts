import type { Clock } from '../support/clock.js';
import type { Observe } from '../telemetry/metrics.js';
import type { Vitals } from '../telemetry/vitals.js';
import type { HeldCursors } from './held-cursors.js';
import type { Subscription } from './subscription.js';
import { DEFAULT_SUBSCRIPTION_TUNING } from './subscription-options.js';
import { observeSubscription, subscriptionVitals } from './subscription-signals.js';
import type { SubscriptionStatus } from './subscription-status.js';

export interface SubscriptionEngineOptions<Facts extends object = object> {
  /** What status and errors call it. */
  readonly name: string;
  /** The cursors' name. */
  readonly consumer: string;
  readonly clock: Clock;
  /** Of the subscription. Default: as its own. */
  readonly leaseMs?: number | undefined;
  /** A subscription serves one life; each start makes one anew. */
  readonly create: () => Subscription;
  /** What has to be there before it starts: tables, cursors. */
  readonly prepare?: () => Promise<void>;
  /** What its status says besides. */
  readonly facts?: () => Facts;
  /** What it observes besides. */
  readonly observe?: (observe: Observe) => void;
  /** Why what it needs besides the store does not answer; undefined while it does. */
  readonly unreachable?: () => string | undefined;
}

/** What an engine on a {@link Subscription} shows. Plain data, fit for JSON. */
export interface SubscriptionEngineStatus extends SubscriptionStatus {
  /** The cursors' name, by which `eventspan parked` lists its streams. */
  readonly consumer: string;
}

/** A subscription as a part of an application: it may be started again after a stop. */
export class SubscriptionEngine<Facts extends object = object> {
  readonly name: string;
  readonly consumer: string;
  private subscription: Subscription;
  private readonly leaseMs: number;

  /** Throws what making the subscription throws. */
  constructor(private readonly options: SubscriptionEngineOptions<Facts>) {
    this.name = options.name;
    this.consumer = options.consumer;
    this.leaseMs = options.leaseMs ?? DEFAULT_SUBSCRIPTION_TUNING.leaseMs;
    this.subscription = options.create();
  }

  /** Throws what {@link Subscription.start} and the preparation throw. */
  async start(): Promise<void> {
    await this.options.prepare?.();
    if (this.subscription.status().state === 'stopped') this.subscription = this.options.create();
    await this.subscription.start();
  }

  /** See {@link Subscription.stop}. Never throws. */
  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.subscription.stop(options);
  }

  /** What is held here. Others after a stop and a new start. */
  get cursors(): HeldCursors {
    return this.subscription.cursors;
  }

  /** Something was asked of a consumer's parked streams; it looks at once if that is this one. Never throws. */
  lookForRequests(consumer: string): void {
    if (consumer === this.consumer) void this.subscription.lookForRequests();
  }

  status(): SubscriptionEngineStatus & Partial<Facts> {
    const status: SubscriptionEngineStatus = { consumer: this.consumer, ...this.subscription.status() };
    return { ...this.options.facts?.(), ...status } as SubscriptionEngineStatus & Partial<Facts>;
  }

  signals(observe: Observe): void {
    observeSubscription({ consumer: this.consumer, nowMs: this.options.clock.now() }, this.subscription.status(), observe);
    this.options.observe?.(observe);
  }

  vitals(): readonly Vitals[] {
    const vitals = subscriptionVitals({ consumer: this.consumer, leaseMs: this.leaseMs }, this.subscription.status());
    const unreachable = this.options.unreachable?.();
    return [unreachable === undefined ? vitals : { ...vitals, unreachable }];
  }
}
