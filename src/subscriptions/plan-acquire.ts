import { comparePositions, type Position } from '../event-store/position.js';
import type { Cursor, CursorClaim } from '../event-store/shard-cursors.js';
import { isLeaseOver, planClaims, type LeaseSituation } from '../event-store/shard-leases.js';

/** What to do about shards whose messages came here although they are not held. Every wanted shard is in exactly one of the two. */
export interface AcquirePlan {
  readonly claims: readonly CursorClaim[];
  /** Done already up to here, wherever: the messages are old. */
  readonly passed: ReadonlyMap<number, Position>;
}

/**
 * Pure. A shard is worth taking from its owner only when something newer than its cursor has come, so that copies and
 * late messages never move it. A row in this instance's own name is always taken: its outcome was unknown, or it lapsed.
 */
export function planAcquire(wanted: ReadonlyMap<number, Position>, rows: readonly Cursor[], owner: string): AcquirePlan {
  const known = new Map(rows.map((row) => [row.shard, row]));
  const claims: CursorClaim[] = [];
  const passed = new Map<number, Position>();
  for (const [shard, position] of wanted) {
    const row = known.get(shard);
    const done = row?.position;
    const isOld = done !== undefined && comparePositions(position, done) <= 0;
    if (isOld && row?.owner !== owner) passed.set(shard, done);
    else claims.push({ shard, token: row?.token ?? 0 });
  }
  return { claims, passed };
}

/**
 * Pure. The shards to take because nobody works on them: as {@link planClaims}, without taking any from a living owner. The
 * transport says who gets a shard's messages, and against it an even spread would not last.
 */
export function planFreeClaims(situation: LeaseSituation): readonly CursorClaim[] {
  const rows = new Map(situation.cursors.map((row) => [row.shard, row]));
  return planClaims(situation).filter(({ shard }) => {
    const row = rows.get(shard);
    const isMine = row === undefined || row.owner === '' || row.owner === situation.owner;
    return isMine || isLeaseOver(row, situation.storeTime, situation.leaseMs);
  });
}
