import { EventspanError } from '../errors/eventspan-error.js';
import { normalizeTime } from './commit-time.js';
import type { ReadShardsOptions, ReadStreamOptions, ShardRange } from './event-store.js';
import { parsePosition } from './position.js';
import { checkStreamId } from './stream-id.js';

/** Events one call of `readShards` answers at most. */
export const MAX_READ_LIMIT = 10_000;

/** Checked options of a stream read, defaults filled in. */
export interface StreamReadPlan {
  readonly backwards: boolean;
  /** Lowest version, inclusive. */
  readonly from: number;
  /** Highest version, inclusive. */
  readonly to: number;
  /** Latest commit time, inclusive, 30 characters; undefined: no bound. */
  readonly asOf: string | undefined;
  readonly limit: number;
}

/** Checks what `readStream` is given. Throws `STREAM_ID_INVALID` and `OPTION_INVALID`. */
export function planStreamRead(streamId: string, options: ReadStreamOptions): StreamReadPlan {
  checkStreamId(streamId);
  const { direction = 'forwards', fromVersion = 1, toVersion = Number.MAX_SAFE_INTEGER, limit = Number.MAX_SAFE_INTEGER } = options;
  if (direction !== 'forwards' && direction !== 'backwards') refuse('direction', direction, "'forwards' or 'backwards'");
  checkWhole('fromVersion', fromVersion, 0);
  checkWhole('toVersion', toVersion, 0);
  checkWhole('limit', limit, 0);
  const asOf = options.asOf === undefined ? undefined : normalizeTime('asOf', options.asOf);
  return { backwards: direction === 'backwards', from: Math.max(1, fromVersion), to: toVersion, asOf, limit };
}

/** Checks what `load` is given: answers the version above which it reads. */
export function checkLoad(streamId: string, afterVersion = 0): number {
  checkStreamId(streamId);
  checkWhole('afterVersion', afterVersion, 0);
  return afterVersion;
}

/** Checks what `readShards` is given; answers the ranges ascending by shard, times as 30 characters. */
export function planShardRead(ranges: readonly ShardRange[], options: ReadShardsOptions, shardCount: number): readonly ShardRange[] {
  const { limit } = options;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_READ_LIMIT) refuse('limit', limit, `1..${MAX_READ_LIMIT}`);
  const planned = ranges.map((range) => checkRange(range, shardCount)).sort((a, b) => a.shard - b.shard);
  planned.forEach((range, at) => {
    if (at > 0 && planned[at - 1]?.shard === range.shard) refuse('ranges', range.shard, 'each shard once at most');
  });
  return planned;
}

/** Throws `OPTION_INVALID` unless `shard` is one of the store's. */
export function checkShard(shard: number, shardCount: number): void {
  if (!Number.isSafeInteger(shard) || shard < 0 || shard >= shardCount) refuse('shard', shard, `0..${shardCount - 1}`);
}

/** Throws `OPTION_INVALID` unless `shards` can be a store's number of shards; answers it. */
export function checkShardCount(shards: number): number {
  if (!Number.isSafeInteger(shards) || shards < 1 || shards > 1024) refuse('shards', shards, '1..1024');
  return shards;
}

function checkRange(range: ShardRange, shardCount: number): ShardRange {
  checkShard(range.shard, shardCount);
  if (range.after !== undefined) parsePosition(range.after);
  if (range.upTo !== undefined) parsePosition(range.upTo);
  return range.asOf === undefined ? range : { ...range, asOf: normalizeTime('asOf', range.asOf) };
}

function checkWhole(path: string, value: number, lowest: number): void {
  if (!Number.isSafeInteger(value) || value < lowest) refuse(path, value, `a whole number from ${lowest}`);
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
