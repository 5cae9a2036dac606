import type { EventStore } from '../event-store/event-store.js';
import type { Transport } from '../messaging/transport.js';
import { checkWholeNumber } from '../errors/check-option.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import type { EventHandler } from './event-handler.js';

/** How an event is tried again. */
export interface RetryOptions {
  /** Tries of one event before its shard stops, the first included, 1..1,000, default 5. */
  readonly attempts: number;
  /** Milliseconds before the first repeat at most, 1..maxMs, default 50; doubled for each further one, with full jitter. */
  readonly initialMs: number;
  /** Milliseconds no wait exceeds, up to 600,000, default 5,000. */
  readonly maxMs: number;
}

export interface SubscriptionTuning {
  /** Milliseconds after which another instance may take a shard that was not renewed, 100..600,000, default 10,000. */
  readonly leaseMs: number;
  /** Events of one batch, and of one read of the log, at most, 1..1,000, default 200. */
  readonly batchSize: number;
  /** Shards in which a batch is in hand at the same time, 1..1,024, default 4. */
  readonly concurrency: number;
  /** Milliseconds between looks at the log's tail for shards that no message came for, 10..600,000, default 1,000. */
  readonly tailCheckMs: number;
  /** Milliseconds after which a stopped shard is tried once more, 100..3,600,000, default 30,000. */
  readonly stoppedRetryMs: number;
  /** Messages taken from the transport and not settled, at most, 1..100,000, default 1,000. */
  readonly maxMessages: number;
  /** Their UTF-8 bytes, at most, and roughly those of one read of the log, 1..2^30, default 16 MiB. */
  readonly maxBytes: number;
}

export interface SubscriptionOptions extends Partial<SubscriptionTuning> {
  /** Names the cursors. */
  readonly consumer: string;
  /** Names the transport's subscription. */
  readonly transportConsumer: string;
  /** Who calls, for the counting of RPCs. */
  readonly caller: string;
  readonly handler: EventHandler;
  readonly store: EventStore;
  readonly transport: Transport;
  /** Names this instance in its cursors. No other living instance has the same. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly retry?: Partial<RetryOptions>;
}

/** Options with their defaults. */
export type ResolvedSubscriptionOptions = SubscriptionOptions & SubscriptionTuning & { readonly retry: RetryOptions };

export const DEFAULT_RETRY: RetryOptions = Object.freeze({ attempts: 5, initialMs: 50, maxMs: 5_000 });

export const DEFAULT_SUBSCRIPTION_TUNING: SubscriptionTuning = Object.freeze({
  leaseMs: 10_000,
  batchSize: 200,
  concurrency: 4,
  tailCheckMs: 1_000,
  stoppedRetryMs: 30_000,
  maxMessages: 1_000,
  maxBytes: 16 * 1024 * 1024,
});

const BOUNDS: Readonly<Record<keyof SubscriptionTuning, { readonly min: number; readonly max: number }>> = {
  leaseMs: { min: 100, max: 600_000 },
  batchSize: { min: 1, max: 1_000 },
  concurrency: { min: 1, max: 1_024 },
  tailCheckMs: { min: 10, max: 600_000 },
  stoppedRetryMs: { min: 100, max: 3_600_000 },
  maxMessages: { min: 1, max: 100_000 },
  maxBytes: { min: 1, max: 2 ** 30 },
};

/** The options with their defaults; throws `OPTION_INVALID`. */
export function resolveSubscriptionOptions(options: SubscriptionOptions): ResolvedSubscriptionOptions {
  const resolved = { ...DEFAULT_SUBSCRIPTION_TUNING, ...options, retry: { ...DEFAULT_RETRY, ...options.retry } };
  for (const [name, bounds] of Object.entries(BOUNDS)) {
    checkWholeNumber(`${options.caller}.${name}`, resolved[name as keyof SubscriptionTuning], bounds);
  }
  checkWholeNumber(`${options.caller}.retry.attempts`, resolved.retry.attempts, { min: 1, max: 1_000 });
  checkWholeNumber(`${options.caller}.retry.maxMs`, resolved.retry.maxMs, { min: 1, max: 600_000 });
  checkWholeNumber(`${options.caller}.retry.initialMs`, resolved.retry.initialMs, { min: 1, max: resolved.retry.maxMs });
  return resolved;
}
