import fc from 'fast-check';
import { isLeaseOver, lostShards, planClaims } from '../../src/event-store/shard-leases.js';
import type { Cursor, CursorClaim } from '../../src/event-store/shard-cursors.js';

const LEASE_MS = 10_000;
const START = Date.parse('2026-11-24T00:00:00Z');
const timeAt = (ms: number): string => new Date(START + ms).toISOString().replace('Z', '000000Z');

/** The rows of one consumer with the rules of ShardCursors, and instances that plan from reads that may be old. */
class Cluster {
  nowMs = 0;
  takes = 0;
  readonly rows = new Map<number, Cursor>();
  readonly held = new Map<string, Map<number, number>>();
  private readonly plans = new Map<string, readonly CursorClaim[]>();

  constructor(readonly shardCount: number) {}

  join(owner: string): void {
    this.held.set(owner, new Map());
  }

  crash(owner: string): void {
    this.held.delete(owner);
    this.plans.delete(owner);
  }

  leave(owner: string): void {
    for (const row of this.rows.values()) if (row.owner === owner) this.rows.set(row.shard, { ...row, owner: '' });
    this.crash(owner);
  }

  renewAll(): void {
    for (const [owner, held] of this.held) {
      for (const [shard, token] of held) {
        const row = this.rows.get(shard);
        if (row?.token === token) this.rows.set(shard, { ...row, owner, renewedAt: timeAt(this.nowMs) });
        else held.delete(shard);
      }
    }
  }

  plan(owner: string): void {
    const situation = {
      owner,
      shardCount: this.shardCount,
      leaseMs: LEASE_MS,
      cursors: [...this.rows.values()],
      storeTime: timeAt(this.nowMs),
    };
    const held = this.held.get(owner)!;
    for (const shard of lostShards({ ...situation, held })) held.delete(shard);
    this.plans.set(owner, planClaims({ ...situation, held }));
  }

  take(owner: string): void {
    for (const { shard, token } of this.plans.get(owner) ?? []) {
      if ((this.rows.get(shard)?.token ?? 0) !== token) continue;
      this.rows.set(shard, { consumer: 'c', shard, token: token + 1, owner, renewedAt: timeAt(this.nowMs) });
      this.held.get(owner)!.set(shard, token + 1);
      this.takes++;
    }
    this.plans.delete(owner);
  }

  /** Every instance in turn, renewals included. */
  round(): void {
    this.renewAll();
    for (const owner of this.held.keys()) {
      this.plan(owner);
      this.take(owner);
    }
  }

  counts(): number[] {
    return [...this.held.keys()].map((owner) => [...this.rows.values()].filter((row) => row.owner === owner).length);
  }

  expectBalanced(): void {
    const counts = this.counts();
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(this.shardCount);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
}

const situation = (owner: string, shardCount: number, cursors: Cursor[], held: [number, number][] = []) => ({
  owner,
  shardCount,
  leaseMs: LEASE_MS,
  cursors,
  storeTime: timeAt(LEASE_MS),
  held: new Map(held),
});
const row = (shard: number, owner: string, renewedMs = LEASE_MS, token = 1): Cursor => ({
  consumer: 'c',
  shard,
  token,
  owner,
  renewedAt: timeAt(renewedMs),
});

describe('planning claims', () => {
  it('takes every shard when it is alone: without row, released, expired', () => {
    expect(planClaims(situation('me', 3, [row(1, '', 0, 4), row(2, 'gone', 0, 7)]))).toEqual([
      { shard: 0, token: 0 },
      { shard: 1, token: 4 },
      { shard: 2, token: 7 },
    ]);
  });

  it('leaves an unexpired lease alone when the owner has no more than its share', () => {
    expect(planClaims(situation('me', 2, [row(0, 'other', 1), row(1, 'me')], [[1, 1]]))).toEqual([]);
  });

  it('a lease is over exactly leaseMs after its renewal', () => {
    expect(isLeaseOver(row(0, 'a', 0), timeAt(LEASE_MS), LEASE_MS)).toBe(true);
    expect(isLeaseOver(row(0, 'a', 1), timeAt(LEASE_MS), LEASE_MS)).toBe(false);
  });

  it('steals from the owner with the most, as many as make the counts differ by one', () => {
    const rows = [0, 1, 2, 3].map((shard) => row(shard, 'rich')).concat(row(4, 'poor'));
    expect(planClaims(situation('me', 5, rows))).toEqual([
      { shard: 3, token: 1 },
      { shard: 2, token: 1 },
    ]);
  });

  it('takes its own rows again when it does not hold their token', () => {
    const rows = [row(0, 'me', LEASE_MS, 5), row(1, 'me', LEASE_MS, 2)];
    expect(
      planClaims(
        situation('me', 2, rows, [
          [0, 4],
          [1, 2],
        ]),
      ),
    ).toEqual([{ shard: 0, token: 5 }]);
  });

  it('knows which of its shards were taken from it', () => {
    expect(
      lostShards({
        cursors: [row(0, 'me'), row(1, 'thief', 0, 2)],
        held: new Map([
          [0, 1],
          [1, 1],
        ]),
      }),
    ).toEqual([1]);
  });

  it('keeps a shard that it holds although its lease is over and nobody took it', () => {
    expect(planClaims(situation('me', 1, [row(0, 'me', 0)], [[0, 1]]))).toEqual([]);
  });
});

describe('instances that plan in any order, from reads that may be old', () => {
  const shards = fc.integer({ min: 1, max: 40 });
  const step = fc.record({ owner: fc.nat(6), action: fc.constantFrom('plan', 'take', 'renew', 'plan-and-take') });

  it('come to an even partition without an unowned shard, and then take nothing', () => {
    fc.assert(
      fc.property(shards, fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 60 }), (shardCount, instances, steps) => {
        const cluster = new Cluster(shardCount);
        for (let at = 0; at < instances; at++) cluster.join(`i${at}`);
        for (const { owner, action } of steps) {
          const name = `i${owner % instances}`;
          if (action.startsWith('plan')) cluster.plan(name);
          if (action.endsWith('take')) cluster.take(name);
          if (action === 'renew') cluster.renewAll();
        }
        for (let at = 0; at < 3; at++) cluster.round();
        cluster.expectBalanced();
        const takes = cluster.takes;
        for (let at = 0; at < 3; at++) cluster.round();
        expect(cluster.takes).toBe(takes);
      }),
      { numRuns: 500 },
    );
  });

  it('take over from any that crash once the leases are over, from any that leave at once', () => {
    fc.assert(
      fc.property(shards, fc.integer({ min: 2, max: 7 }), fc.nat(), fc.boolean(), (shardCount, instances, seed, clean) => {
        const cluster = new Cluster(shardCount);
        for (let at = 0; at < instances; at++) cluster.join(`i${at}`);
        for (let at = 0; at < 3; at++) cluster.round();
        const victim = `i${seed % instances}`;
        if (clean) cluster.leave(victim);
        else cluster.crash(victim);
        if (!clean) {
          const takes = cluster.takes;
          cluster.nowMs += LEASE_MS - 1;
          cluster.round();
          expect(cluster.takes).toBe(takes);
          cluster.nowMs += 1;
        }
        for (let at = 0; at < 3; at++) cluster.round();
        cluster.expectBalanced();
      }),
    );
  });

  it('take each free shard once: two plans from one read never give a shard to both', () => {
    fc.assert(
      fc.property(shards, (shardCount) => {
        const cluster = new Cluster(shardCount);
        cluster.join('a');
        cluster.join('b');
        cluster.plan('a');
        cluster.plan('b');
        cluster.take('b');
        cluster.take('a');
        expect(cluster.takes).toBe(shardCount);
        expect(cluster.held.get('a')!.size).toBe(0);
      }),
    );
  });

  it('give a newcomer its share with exactly as many takes as it needs', () => {
    const cluster = new Cluster(16);
    cluster.join('a');
    cluster.round();
    cluster.join('b');
    cluster.round();
    expect(cluster.counts()).toEqual([8, 8]);
    expect(cluster.takes).toBe(16 + 8);
  });
});
