import { formatPosition, type Position } from '../event-store/position.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import type { KeyRange } from './protocol.js';
import { timeOfCell } from './times.js';
import { textOf } from './values.js';

const PLACE_COLUMNS = ['shard', 'commit_ts', 'commit_pos', 'stream_id', 'version'] as const;

/** By shard, the last position that ranges of the index `events_log` hold; without `limit` they must be short. 1 Read, none for no ranges. */
export async function lastPositions(
  { calls, rpc }: SpannerContext,
  { ranges, limit = 0 }: { readonly ranges: readonly KeyRange[]; readonly limit?: number },
  call: Call,
): Promise<ReadonlyMap<number, Position>> {
  if (ranges.length === 0) return new Map();
  const body = { table: 'events', index: 'events_log', columns: PLACE_COLUMNS, keySet: { ranges }, limit };
  const attempt = async (): Promise<ReadonlyMap<number, Position>> => {
    const ends = new Map<number, Position>();
    for await (const row of rpc.read(body, call)) {
      const [shard = '', commitTs = '', commitPos = '', streamId = '', version = ''] = row.map(textOf);
      const place = { commitTime: timeOfCell(commitTs), commitIndex: Number(commitPos), streamId, version: Number(version) };
      ends.set(Number(shard), formatPosition(place));
    }
    return ends;
  };
  return calls.run({ name: 'the read of the end of the log', kind: 'read', attempt }, call);
}
