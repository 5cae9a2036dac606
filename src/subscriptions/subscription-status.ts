import type { Position } from '../event-store/position.js';
import type { TransportSubscription } from '../messaging/transport.js';

/** Why the first event of a shard fails, or stopped it. */
export interface StopReason {
  readonly eventId: string;
  readonly type: string;
  readonly streamId: string;
  readonly version: number;
  /** The message of the error. */
  readonly message: string;
  /** An error code, where the error has one. */
  readonly code?: string;
  /** RFC 3339, UTC: when it last failed. */
  readonly failedAt: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/**
 * `elsewhere`: another instance has the shard, or none. `idle`: nothing is known to be waiting. `working`: events are in hand or
 * waiting. `held`: it stands where it was told to. `retrying`: the first of them failed and is tried again. `stopped`: it failed too often, and
 * its handler wants it so (`onError: 'stop'`), or no more streams can be parked; it is tried again slowly.
 */
export type SubscriptionShardState = 'elsewhere' | 'idle' | 'working' | 'held' | 'retrying' | 'stopped';

/** A shard as one instance sees it. */
export interface SubscriptionShardStatus {
  readonly shard: number;
  readonly state: SubscriptionShardState;
  /** The last event done. Absent before the first, and elsewhere. */
  readonly position?: Position;
  /** Events that its cursor has passed here since the start. */
  readonly events: number;
  /** Events known to be waiting, at least. */
  readonly waiting: number;
  /** When the first of them was committed: RFC 3339, UTC. */
  readonly waitingSince?: string;
  /** Streams that are parked in it, where it is held here. */
  readonly parked: number;
  /** When retrying or stopped because of an event. */
  readonly reason?: StopReason;
}

/** What has happened since the start, in numbers. */
export interface SubscriptionCounts {
  /** Events that the cursors have passed. */
  events: number;
  /** Commits of batches. */
  batches: number;
  /** Messages dropped as done before or as a second copy; claim checks, whose events the log brings, are not among them. */
  duplicates: number;
  /** Reads of spans that messages did not bring, events behind claim checks among them. */
  gapsRead: number;
  /** Shards that went to another instance while in hand. */
  cursorLosses: number;
  /** Batches tried again, for whatever reason. */
  retries: number;
  /** Messages that were no envelopes, or spoke of events that the log does not have. */
  invalidMessages: number;
  /** Streams parked. */
  parked: number;
  /** Events of parked streams handled in re-drives. */
  redriven: number;
  /** Events of parked streams given up by operators. */
  discarded: number;
  /** Events passed over after their tries, by handlers with `onError: 'skip'`. */
  skipped: number;
  /** Callbacks of `afterCommit` that failed. */
  sideEffectFailures: number;
}

export const NO_COUNTS: Readonly<SubscriptionCounts> = Object.freeze({
  events: 0,
  batches: 0,
  duplicates: 0,
  gapsRead: 0,
  cursorLosses: 0,
  retries: 0,
  invalidMessages: 0,
  parked: 0,
  redriven: 0,
  discarded: 0,
  skipped: 0,
  sideEffectFailures: 0,
});

export interface SubscriptionStatus {
  readonly state: 'new' | 'running' | 'stopping' | 'stopped';
  readonly transport: ReturnType<TransportSubscription['status']>;
  /** One entry a shard of the store, ascending. */
  readonly shards: readonly SubscriptionShardStatus[];
  readonly counts: Readonly<SubscriptionCounts>;
  /** Shards that came to this instance, and that it lost: to another one, or to take them anew. */
  readonly leases: { readonly taken: number; readonly lost: number };
  /** When the loop that keeps its leases last began a turn: RFC 3339, UTC. Absent before the first. */
  readonly turnedAt?: string;
  /** The newest fault of the store that is not an event's, mended or not. */
  readonly lastError?: { readonly at: string; readonly code?: string; readonly message: string };
}
