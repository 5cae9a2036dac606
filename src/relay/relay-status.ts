import type { Position } from '../event-store/position.js';

/**
 * What a relay does with a shard it holds: `ready` reads it, `publishing` has a batch of it in hand, `retrying` waits to send
 * that batch again, `stopped` stands before a message that the transport refuses.
 */
export type RelayShardState = 'ready' | 'publishing' | 'retrying' | 'stopped';

/** A shard as a relay sees it. */
export interface RelayShardStatus {
  readonly shard: number;
  /** `elsewhere`: another relay has it, or none yet. */
  readonly state: RelayShardState | 'elsewhere';
  /** The last event published, as the cursor has it. Absent before the first, and elsewhere. */
  readonly position?: Position;
  /** Events read and not yet taken by the transport: at least so many wait. Of a stopped shard 1: the one that is refused. */
  readonly waiting: number;
  /** When the first of them was committed: RFC 3339, UTC. */
  readonly waitingSince?: string;
  /** Why it is retrying or stopped. */
  readonly reason?: string;
}

/** A fault that the relay goes on from. */
export interface RelayFault {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** An error code, where the error has one. */
  readonly code?: string;
  readonly message: string;
}

export interface RelayStatus {
  readonly state: 'stopped' | 'running' | 'stopping';
  /** Everything it knew of has been read, nothing is in hand, and it waits for a nudge or the next poll. */
  readonly idle: boolean;
  /** One entry a shard of the store, ascending. */
  readonly shards: readonly RelayShardStatus[];
  /** Messages that the transport took, repeats included. */
  readonly published: number;
  /** Publishes of which the transport took something. */
  readonly batches: number;
  /** Shards taken from another owner: its lease was over, or it had more than its share. */
  readonly takeovers: number;
  /** Shards that came to this relay, and that it lost: to another one, or to take them anew. */
  readonly leases: { readonly taken: number; readonly lost: number };
  /** When its loop last began a round: RFC 3339, UTC. Absent before the first. */
  readonly turnedAt?: string;
  /** The newest fault of store or transport, mended or not. */
  readonly lastError?: RelayFault;
}
