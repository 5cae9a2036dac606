import type { CallOptions } from '../event-store/call-options.js';
import type { Cursor, ShardCursors } from '../event-store/shard-cursors.js';
import { lostShards, planClaims } from '../event-store/shard-leases.js';
import type { Clock } from '../support/clock.js';
import type { StoreClock } from './store-clock.js';

/** Whose cursors share the shards of timers between processes. */
export const TIMERS_CONSUMER = 'eventspan.timers';

export interface TimerLeasesOptions {
  readonly cursors: ShardCursors;
  readonly owner: string;
  readonly shards: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly storeClock: StoreClock;
}

/**
 * Which shards of timers this process fires first. It spares processes each other's work and no more: that a timer fires once is seen to by
 * its row. Looked at every third of the lease: 1 Read and 1 Commit.
 */
export class TimerLeases {
  private held = new Map<number, number>();
  private nextCheckMs = -Infinity;

  constructor(private readonly options: TimerLeasesOptions) {}

  get shards(): ReadonlySet<number> {
    return new Set(this.held.keys());
  }

  /** Milliseconds until {@link check} is due. */
  restMs(): number {
    return this.nextCheckMs - this.options.clock.now();
  }

  /** Renews, lets go what others have taken, and takes what is free or too many elsewhere; does nothing before it is due. */
  async check(call: CallOptions): Promise<void> {
    if (this.restMs() > 0) return;
    const { cursors, owner, shards, leaseMs, clock, storeClock } = this.options;
    const askedMs = clock.now();
    try {
      const { cursors: rows, storeTime } = await cursors.read(TIMERS_CONSUMER, call);
      storeClock.learn(storeTime);
      for (const shard of lostShards({ cursors: rows, held: this.held })) this.held.delete(shard);
      await this.renew(call);
      const claims = planClaims({ owner, shardCount: shards, leaseMs, cursors: rows, storeTime, held: this.held });
      const taken = claims.length === 0 ? [] : await cursors.take(TIMERS_CONSUMER, owner, claims, call);
      for (const { shard, token } of taken) this.held.set(shard, token);
      this.nextCheckMs = askedMs + leaseMs / 3;
    } catch (error) {
      // What is in this process's name is found and taken again by the next check.
      this.held = new Map();
      throw error;
    }
  }

  /** Gives all shards to others. */
  async release(call: CallOptions): Promise<void> {
    const rows = [...this.held].map(([shard, token]): Cursor => ({ ...this.row(shard, token), owner: this.options.owner, renewedAt: '' }));
    this.held = new Map();
    this.nextCheckMs = -Infinity;
    if (rows.length > 0) await this.options.cursors.release(rows, call);
  }

  private async renew(call: CallOptions): Promise<void> {
    const advances = [...this.held].map(([shard, token]) => this.row(shard, token));
    if (advances.length > 0) await this.options.cursors.advance(advances, call);
  }

  private row(shard: number, token: number): { consumer: string; shard: number; token: number } {
    return { consumer: TIMERS_CONSUMER, shard, token };
  }
}
