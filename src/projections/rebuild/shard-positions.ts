import type { Cursor } from '../../event-store/shard-cursors.js';
import { comparePositions, type Position } from '../../event-store/position.js';

/** Where a consumer is, every shard of the store named; undefined: at the beginning. */
export type Everywhere = ReadonlyMap<number, Position | undefined>;

/** The positions of a consumer's cursors. */
export function everywhere(cursors: readonly Cursor[], shardCount: number): Everywhere {
  const known = new Map(cursors.map(({ shard, position }) => [shard, position]));
  return new Map(Array.from({ length: shardCount }, (_, shard) => [shard, known.get(shard)]));
}

/** Whether every shard is at or beyond the goal. */
export function hasReached(at: (shard: number) => Position | undefined, goal: Everywhere): boolean {
  return [...goal].every(([shard, wanted]) => {
    if (wanted === undefined) return true;
    const position = at(shard);
    return position !== undefined && comparePositions(position, wanted) >= 0;
  });
}

/** Whether every shard is exactly there. */
export function isExactly(a: Everywhere, b: Everywhere): boolean {
  return [...a].every(([shard, position]) => position === b.get(shard));
}
