import { murmur3 } from '../support/murmur3.js';

/** Shards of a store unless told otherwise; fixed when the store is made. */
export const DEFAULT_SHARD_COUNT = 16;

/** The shard of a stream: MurmurHash3 (x86, 32 bit, seed 0) of the id's UTF-8 bytes, modulo the number of shards. */
export function shardOf(streamId: string, shardCount: number): number {
  return murmur3(streamId) % shardCount;
}
