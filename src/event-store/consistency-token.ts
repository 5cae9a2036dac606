import { EventspanError } from '../errors/eventspan-error.js';
import type { AppendResult } from './append.js';
import { comparePositions, parsePosition, type Position } from './position.js';

/** The last position of each shard that something touched: "has this been seen yet?" in a form that travels as text. */
export type ShardPositions = ReadonlyMap<number, Position>;

/** Where the events of an append ended, by shard. */
export function positionsOf(result: AppendResult): ShardPositions {
  const positions = new Map<number, Position>();
  for (const stream of result.streams) {
    const known = positions.get(stream.shard);
    if (known === undefined || comparePositions(known, stream.lastPosition) < 0) positions.set(stream.shard, stream.lastPosition);
  }
  return positions;
}

/** An opaque text (base64url) for headers, results and message attributes. */
export function encodeToken(positions: ShardPositions): string {
  return Buffer.from(JSON.stringify([...positions]), 'utf8').toString('base64url');
}

/** Reads {@link encodeToken}'s text; throws `TOKEN_INVALID` on any other. */
export function decodeToken(token: string): ShardPositions {
  try {
    const entries = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [number, string][];
    return new Map(entries.map(([shard, position]) => [checkShard(shard), parsePosition(position) && (position as Position)]));
  } catch (cause) {
    throw new EventspanError('TOKEN_INVALID', { value: token }, { cause });
  }
}

function checkShard(shard: unknown): number {
  if (!Number.isSafeInteger(shard) || (shard as number) < 0) throw new RangeError('not a shard');
  return shard as number;
}
