import { isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { Cursor, CursorClaim } from '../event-store/shard-cursors.js';
import { lostShards, planClaims } from '../event-store/shard-leases.js';
import { HeldShard, RELAY_CONSUMER } from './held-shard.js';
import type { ResolvedRelayOptions } from './relay-options.js';

/**
 * Which shards this relay holds, and their cursors. Leases are checked every third of `leaseMs` (1 Read; when there is
 * something to take, the take's RPCs too) and renewed when a third of it is over (1 Commit, in which the advances ride).
 *
 * After an outcome that is not known the shards it was about are forgotten; the next check finds them in this relay's name and
 * takes them again, with a new token and the position that is really there, so that a late copy of the request writes nothing.
 */
export class LeaseKeeper {
  takeovers = 0;
  readonly changes = { taken: 0, lost: 0 };
  private readonly shards = new Map<number, HeldShard>();
  private nextCheckMs = -Infinity;

  constructor(private readonly options: ResolvedRelayOptions) {}

  /** Ascending by shard. */
  get held(): readonly HeldShard[] {
    return [...this.shards.values()].sort((a, b) => a.shard - b.shard);
  }

  find(shard: number): HeldShard | undefined {
    return this.shards.get(shard);
  }

  /** Milliseconds until {@link check} is due, or the next lease to be renewed; not negative. */
  restMs(nowMs: number): number {
    const renewals = this.held.map((held) => this.options.leaseMs / 3 - held.leaseAgeMs(nowMs));
    return Math.max(0, Math.min(this.nextCheckMs - nowMs, ...renewals));
  }

  /** Forgets shards that could not be renewed in time, and looks for shards to take if it is time. */
  async check(call: CallOptions): Promise<void> {
    const askedMs = this.options.clock.now();
    this.forget(this.held.filter((held) => held.signal.aborted || held.leaseAgeMs(askedMs) >= this.options.leaseMs));
    if (askedMs < this.nextCheckMs) return;
    const { store, owner, leaseMs } = this.options;
    const { cursors, storeTime } = await store.cursors.read(RELAY_CONSUMER, call);
    const held = new Map(this.held.map(({ shard, token }) => [shard, token]));
    this.forget(lostShards({ cursors, held }).flatMap((shard) => this.find(shard) ?? []));
    const claims = planClaims({ owner, shardCount: store.shardCount, leaseMs, cursors, storeTime, held });
    if (claims.length > 0) await this.take(claims, cursors, call);
    // Who got less than it planned plans again at once: others take shards at the same time.
    const gotAll = claims.every(({ shard }) => this.shards.has(shard));
    this.nextCheckMs = gotAll ? askedMs + leaseMs / 3 : -Infinity;
  }

  /** Advances every cursor that the transport is ahead of, and renews what is due, in one Commit; none when there is nothing. */
  async commit(call: CallOptions): Promise<void> {
    const askedMs = this.options.clock.now();
    const due = this.held.filter((held) => held.isAhead || held.leaseAgeMs(askedMs) >= this.options.leaseMs / 3);
    if (due.length === 0) return;
    const advances = due.map((held) => ({ held, advance: held.nextAdvance() }));
    try {
      await this.options.store.cursors.advance(
        advances.map(({ advance }) => advance),
        call,
      );
    } catch (error) {
      this.afterRefusedCommit(due, error);
      throw error;
    }
    for (const { held, advance } of advances) held.advanced(advance, askedMs);
  }

  /** Gives all shards to others; the next check is due at once. */
  async release(call: CallOptions): Promise<void> {
    const rows = this.held.map((held) => held.row());
    this.letGo(this.held);
    this.nextCheckMs = -Infinity;
    if (rows.length > 0) await this.options.store.cursors.release(rows, call);
  }

  private async take(claims: readonly CursorClaim[], rows: readonly Cursor[], call: CallOptions): Promise<void> {
    const { store, owner, clock } = this.options;
    const askedMs = clock.now();
    const before = new Map(rows.map((row) => [row.shard, row.owner]));
    for (const cursor of await store.cursors.take(RELAY_CONSUMER, owner, claims, call)) {
      this.shards.set(cursor.shard, new HeldShard(cursor, askedMs));
      this.changes.taken++;
      const previous = before.get(cursor.shard) ?? '';
      if (previous !== '' && previous !== owner) this.takeovers++;
    }
  }

  private afterRefusedCommit(due: readonly HeldShard[], error: unknown): void {
    if (isEventspanError(error, 'STORE_UNAVAILABLE')) return;
    this.nextCheckMs = -Infinity;
    if (!isEventspanError(error, 'CURSOR_LOST')) this.forget(due);
  }

  private forget(shards: readonly HeldShard[]): void {
    this.changes.lost += shards.length;
    this.letGo(shards);
  }

  private letGo(shards: readonly HeldShard[]): void {
    for (const held of shards) {
      held.giveUp();
      this.shards.delete(held.shard);
      this.nextCheckMs = -Infinity;
    }
  }
}
