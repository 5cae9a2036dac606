import type { EventStore } from '../event-store/event-store.js';
import type { Transport } from '../messaging/transport.js';
import { checkWholeNumber } from '../errors/check-option.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import type { EventHandler } from './event-handler.js';
import { checkPolicy, type HandlerPolicy, type ResolvedPolicy } from './handler-policy.js';
import { Suspects } from './suspects.js';

export interface SubscriptionTuning {
  /** Milliseconds after which another instance may take a shard that was not renewed, 100..600,000, default 10,000. */
  readonly leaseMs: number;
  /** Events of one batch, and of one read of the log, at most, 1..10,000, default 200. */
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
  /** How often an event may be begun after an unclean end of its process before its stream is parked as one that kills, 1..100, default 3. */
  readonly maxStarts: number;
  /** Parked streams of one shard, at most, 1..100,000, default 10,000; a shard that would need more stops with `PARKING_FULL`. */
  readonly maxParked: number;
}

export interface SubscriptionOptions extends Partial<SubscriptionTuning>, HandlerPolicy {
  /** Names the cursors. */
  readonly consumer: string;
  /** Names the transport's subscription. */
  readonly transportConsumer: string;
  /** Who calls, for the counting of RPCs. */
  readonly caller: string;
  readonly handler: EventHandler;
  readonly store: EventStore;
  /** Absent: the log alone, by looks at its tail. */
  readonly transport?: Transport;
  /** Names this instance in its cursors. No other living instance has the same. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `shard` (default): a lane a shard, each in its own order. `global`: one lane for the whole log, in the order of commit time. */
  readonly order?: 'shard' | 'global';
  /** Shared by all subscriptions of the process. Default: one of its own. */
  readonly suspects?: Suspects;
  /** Measures each batch. The spans of what is handled are the handler's to make. Default: silent. */
  readonly telemetry?: Telemetry;
}

/** Options with their defaults. */
export type ResolvedSubscriptionOptions = SubscriptionOptions &
  SubscriptionTuning & {
    readonly policy: ResolvedPolicy;
    readonly suspects: Suspects;
    readonly telemetry: Telemetry;
  };

export const DEFAULT_SUBSCRIPTION_TUNING: SubscriptionTuning = Object.freeze({
  leaseMs: 10_000,
  batchSize: 200,
  concurrency: 4,
  tailCheckMs: 1_000,
  stoppedRetryMs: 30_000,
  maxMessages: 1_000,
  maxBytes: 16 * 1024 * 1024,
  maxStarts: 3,
  maxParked: 10_000,
});

const BOUNDS: Readonly<Record<keyof SubscriptionTuning, { readonly min: number; readonly max: number }>> = {
  leaseMs: { min: 100, max: 600_000 },
  batchSize: { min: 1, max: 10_000 },
  concurrency: { min: 1, max: 1_024 },
  tailCheckMs: { min: 10, max: 600_000 },
  stoppedRetryMs: { min: 100, max: 3_600_000 },
  maxMessages: { min: 1, max: 100_000 },
  maxBytes: { min: 1, max: 2 ** 30 },
  maxStarts: { min: 1, max: 100 },
  maxParked: { min: 1, max: 100_000 },
};

/** The options with their defaults; throws `OPTION_INVALID`. */
export function resolveSubscriptionOptions(options: SubscriptionOptions): ResolvedSubscriptionOptions {
  const policy = checkPolicy(options.caller, options);
  const { suspects = new Suspects(), telemetry = silentTelemetry } = options;
  const resolved = { ...DEFAULT_SUBSCRIPTION_TUNING, ...options, policy, suspects, telemetry };
  for (const [name, bounds] of Object.entries(BOUNDS)) {
    checkWholeNumber(`${options.caller}.${name}`, resolved[name as keyof SubscriptionTuning], bounds);
  }
  return resolved;
}
