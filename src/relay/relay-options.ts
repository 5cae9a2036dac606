import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { PUBLISH_LIMITS } from '../messaging/publish-limits.js';
import type { Transport } from '../messaging/transport.js';
import { checkWholeNumber } from '../errors/check-option.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';

/** How often a relay looks for events that nobody told it of. */
export interface PollOptions {
  /** Milliseconds to the next look after events were found or it was nudged, 1..maxMs, default 20. */
  readonly minMs: number;
  /** Milliseconds that the waits, doubling while nothing is found, do not exceed, up to 60,000, default 1,000. */
  readonly maxMs: number;
}

export interface RelayTuning {
  /** Milliseconds after which another relay may take a shard that was not renewed, 1,000..600,000, default 10,000. */
  readonly leaseMs: number;
  /** Messages of one publish, and events of one read, at most, 1..1,000, default 1,000. */
  readonly batchMessages: number;
  /** UTF-8 bytes of one publish at most (one larger message goes alone), 1..9,000,000, default 9,000,000. */
  readonly batchBytes: number;
  /** UTF-8 bytes of all publishes under way at most (one larger batch goes alone), 1..2^30, default 32 MiB. */
  readonly maxInFlightBytes: number;
  readonly poll: PollOptions;
  /** Milliseconds of one publish, 1..60,000, default 8,000. */
  readonly publishDeadlineMs: number;
  /**
   * UTF-8 bytes of a payload above which the message carries a claim check in its place, 1..9,000,000, default 262,144. Subscriptions read such
   * an event from the log.
   */
  readonly claimCheckBytes: number;
}

export interface RelayOptions extends Partial<RelayTuning> {
  readonly store: EventStore;
  readonly transport: Transport;
  /** Names this relay in its cursors. No other living relay has the same. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `ce-source` of the messages. Default `eventspan`. */
  readonly source?: string;
  /** Default: silent. */
  readonly telemetry?: Telemetry;
}

/** Options with their defaults. */
export type ResolvedRelayOptions = RelayOptions & RelayTuning & { readonly telemetry: Telemetry };

export const DEFAULT_RELAY_TUNING: RelayTuning = Object.freeze({
  leaseMs: 10_000,
  batchMessages: PUBLISH_LIMITS.maxMessages,
  batchBytes: PUBLISH_LIMITS.maxBytes,
  maxInFlightBytes: 32 * 1024 * 1024,
  poll: Object.freeze({ minMs: 20, maxMs: 1_000 }),
  publishDeadlineMs: 8_000,
  claimCheckBytes: 256 * 1024,
});

/** The options with their defaults; throws `OPTION_INVALID`. */
export function resolveRelayOptions(options: RelayOptions): ResolvedRelayOptions {
  const resolved = { ...DEFAULT_RELAY_TUNING, telemetry: silentTelemetry, ...options };
  if (resolved.owner === '')
    throw new EventspanError('OPTION_INVALID', { path: 'relay.owner', value: "''", bound: 'a name that no other relay has' });
  checkWholeNumber('relay.leaseMs', resolved.leaseMs, { min: 1_000, max: 600_000 });
  checkWholeNumber('relay.batchMessages', resolved.batchMessages, { min: 1, max: PUBLISH_LIMITS.maxMessages });
  checkWholeNumber('relay.batchBytes', resolved.batchBytes, { min: 1, max: PUBLISH_LIMITS.maxBytes });
  checkWholeNumber('relay.maxInFlightBytes', resolved.maxInFlightBytes, { min: 1, max: 2 ** 30 });
  checkWholeNumber('relay.poll.maxMs', resolved.poll.maxMs, { min: 1, max: 60_000 });
  checkWholeNumber('relay.poll.minMs', resolved.poll.minMs, { min: 1, max: resolved.poll.maxMs });
  checkWholeNumber('relay.publishDeadlineMs', resolved.publishDeadlineMs, { min: 1, max: 60_000 });
  checkWholeNumber('relay.claimCheckBytes', resolved.claimCheckBytes, { min: 1, max: PUBLISH_LIMITS.maxBytes });
  return resolved;
}
