import type { CallOptions } from './call-options.js';
import type { Position } from './position.js';

/**
 * Where a consumer is in one shard's log, and who moves it. The row's key is (consumer, shard, token): holding a token is
 * checkpoint, lease and fence in one. A change that names a spent token writes nothing.
 */
export interface Cursor {
  readonly consumer: string;
  readonly shard: number;
  /** Ascends with every take. 1 for the first. */
  readonly token: number;
  /** The last event done; absent before the first. */
  readonly position?: Position;
  /** Empty when released. */
  readonly owner: string;
  /** When it was last taken or advanced, by the store's clock: RFC 3339, UTC, nine digits. */
  readonly renewedAt: string;
}

/** A cursor's next position, with the token that allows it. */
export interface CursorAdvance {
  readonly consumer: string;
  readonly shard: number;
  readonly token: number;
  /** Absent: only the lease is renewed; the stored position stays. */
  readonly position?: Position;
}

/** Which cursor to take. */
export interface CursorClaim {
  readonly shard: number;
  /** The token last seen, which must still be the current one; 0: there is no row yet. */
  readonly token: number;
}

/** PORT. The cursors of a store. Part of {@link EventStore}; the same conformance suite holds it. */
export interface ShardCursors {
  /** The current rows of a consumer, ascending by shard, and the store's time of the read. Spanner: 1 Read. */
  read(consumer: string, options?: CallOptions): Promise<{ readonly cursors: readonly Cursor[]; readonly storeTime: string }>;

  /**
   * Takes shards: in one transaction the old row is spent and one with the next token, the same position and the new owner
   * is written, so that a late copy of an old owner's request finds no row. The position is read inside the transaction
   * (a position read before could be overtaken by the old owner's last batch). Answers those taken; a claim whose token is
   * no longer current is left out. Spanner: 1 Read + 1 Commit for all claims.
   */
  take(consumer: string, owner: string, claims: readonly CursorClaim[], options?: CallOptions): Promise<readonly Cursor[]>;

  /**
   * Advances (or renews) several cursors of any consumers in one commit, all or none. Throws `CURSOR_LOST` if one token is
   * spent, `OUTCOME_UNKNOWN` if it is not known; then take again before going on. Spanner: 1 Commit.
   */
  advance(advances: readonly CursorAdvance[], options?: CallOptions): Promise<void>;

  /** Gives cursors up for others to take at once (owner becomes empty). Spent tokens are ignored. Spanner: 1 Commit at best. */
  release(cursors: readonly Cursor[], options?: CallOptions): Promise<void>;

  /**
   * Sets a consumer back on the shards of `positions` (undefined: to the beginning), and leaves it where it is on others: the old
   * token is spent, and a row with the next one is written, without owner.
   */
  reset(consumer: string, positions: ReadonlyMap<number, Position | undefined>, options?: CallOptions): Promise<void>;

  /**
   * Removes all rows of a consumer that will not come again: tokens begin anew after it, so a name must not be used twice. Idempotent.
   * Spanner: 1 Commit.
   */
  remove(consumer: string, options?: CallOptions): Promise<void>;
}
