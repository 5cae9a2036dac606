import type { Cursor, CursorClaim } from './shard-cursors.js';

/** What an instance knows when it looks for shards to take: one answer of `ShardCursors.read`, and itself. */
export interface LeaseSituation {
  /** This instance's id; no other living instance has it. */
  readonly owner: string;
  readonly shardCount: number;
  /** Milliseconds without renewal after which a shard may be taken. */
  readonly leaseMs: number;
  /** The consumer's rows. */
  readonly cursors: readonly Cursor[];
  /** The store's time of that read; leases are judged by it and by no other clock. */
  readonly storeTime: string;
  /** Shard -> token of the cursors that this instance works with. */
  readonly held: ReadonlyMap<number, number>;
}

/**
 * The shards to take now; empty once the shards are spread evenly. Pure.
 *
 * - Its own rows that it does not hold (after an unknown outcome, or a lapse): all of them.
 * - Free shards (no row, released, lease over): up to the fair share, which is `shardCount` over the live owners, rounded up.
 *   A live owner has a lease that is not over; this instance is one.
 * - If that is not enough: from the owner with the most, one by one, while it has at least two more. So every theft brings the
 *   counts nearer to each other, and there is none once they differ by one at most. The fence makes a theft safe.
 *
 * The order is fixed (free shards ascending, stolen ones descending): two instances that plan from the same read want the same
 * shards, and the store gives each to one of them. Who got fewer than it claimed reads and plans again.
 */
export function planClaims(situation: LeaseSituation): readonly CursorClaim[] {
  const { kept, own, free, others } = sortOut(situation);
  const fairShare = Math.ceil(situation.shardCount / (others.size + 1));
  const wanted = Math.max(0, fairShare - kept - own.length);
  const taken = [...own, ...free.slice(0, wanted)];
  return [...taken, ...planThefts(others, kept + taken.length, fairShare)];
}

/** The shards that this instance believes it holds and that have gone to another token. Pure. */
export function lostShards({ cursors, held }: Pick<LeaseSituation, 'cursors' | 'held'>): readonly number[] {
  const current = new Map(cursors.map(({ shard, token }) => [shard, token]));
  return [...held].filter(([shard, token]) => current.get(shard) !== token).map(([shard]) => shard);
}

/** Whether nobody renewed the lease for `leaseMs` by the store's clock. */
export function isLeaseOver(cursor: Pick<Cursor, 'renewedAt'>, storeTime: string, leaseMs: number): boolean {
  return Date.parse(cursor.renewedAt) + leaseMs <= Date.parse(storeTime);
}

interface SortedShards {
  /** How many of the shards it holds are still its own. */
  readonly kept: number;
  /** Rows in this instance's name that it does not hold. */
  readonly own: readonly CursorClaim[];
  readonly free: readonly CursorClaim[];
  /** What each other live owner has, ascending by shard. */
  readonly others: ReadonlyMap<string, CursorClaim[]>;
}

function sortOut(situation: LeaseSituation): SortedShards {
  const rows = new Map(situation.cursors.map((cursor) => [cursor.shard, cursor]));
  const own: CursorClaim[] = [];
  const free: CursorClaim[] = [];
  const others = new Map<string, CursorClaim[]>();
  let kept = 0;
  for (let shard = 0; shard < situation.shardCount; shard++) {
    const row = rows.get(shard);
    const token = row?.token ?? 0;
    if (situation.held.get(shard) === token) kept++;
    else if (row?.owner === situation.owner) own.push({ shard, token });
    else if (row === undefined || isFree(row, situation)) free.push({ shard, token });
    else others.set(row.owner, [...(others.get(row.owner) ?? []), { shard, token }]);
  }
  return { kept, own, free, others };
}

function isFree(row: Cursor, { storeTime, leaseMs }: LeaseSituation): boolean {
  return row.owner === '' || isLeaseOver(row, storeTime, leaseMs);
}

function planThefts(others: ReadonlyMap<string, CursorClaim[]>, mine: number, fairShare: number): readonly CursorClaim[] {
  const remaining = new Map([...others].map(([owner, claims]) => [owner, [...claims]]));
  const thefts: CursorClaim[] = [];
  while (mine + thefts.length < fairShare) {
    const richest = richestOf(remaining);
    if (richest.length - mine - thefts.length < 2) break;
    thefts.push(richest.pop() as CursorClaim);
  }
  return thefts;
}

/** Of equals, the one whose name comes first. */
function richestOf(remaining: ReadonlyMap<string, CursorClaim[]>): CursorClaim[] {
  let richest: CursorClaim[] = [];
  for (const owner of [...remaining.keys()].sort()) {
    const claims = remaining.get(owner) ?? [];
    if (claims.length > richest.length) richest = claims;
  }
  return richest;
}
