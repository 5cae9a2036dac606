import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore, ShardRange } from '../../event-store/event-store.js';
import { commitTimeOf } from '../../event-store/stored-event.js';
import type { TraceConsumer } from '../../history/trace/trace-deliveries.js';
import type { ShardFacts } from './judge-consumer.js';

/** What the store knows of a consumer of the log. 1 Read, and 1 for each shard (for a consumer in global order 1). */
export async function readConsumer(store: EventStore, { name, order }: TraceConsumer, calls: CallOptions): Promise<readonly ShardFacts[]> {
  const { cursors, storeTime } = await store.cursors.read(name, calls);
  const known = new Map(cursors.map((cursor) => [cursor.shard, cursor]));
  const all = Array.from({ length: store.shardCount }, (_, shard) => shard);
  const facts: ShardFacts[] = [];
  for (const shard of order === 'global' ? [0] : all) {
    const cursor = known.get(shard);
    const after = cursor?.position;
    const ranges = (order === 'global' ? all : [shard]).map((each): ShardRange =>
      after === undefined ? { shard: each } : { shard: each, after },
    );
    const [next] = await store.readShards(ranges, { ...calls, limit: 1 });
    facts.push({
      shard,
      owner: cursor?.owner ?? '',
      ...(cursor !== undefined && { leaseAgeMs: Date.parse(storeTime) - Date.parse(cursor.renewedAt) }),
      ...(next !== undefined && { waitingMs: Date.parse(storeTime) - Date.parse(commitTimeOf(next)) }),
    });
  }
  return facts;
}
