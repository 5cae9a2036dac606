import type { ShardExtent, StreamSummary } from '../event-store/event-store.js';
import type { ListPlan } from '../event-store/list-plan.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { lastPositions } from './log-ends.js';
import { cell, key, optionalText, textOf } from './values.js';

/** One page of streams. 1 query, which reads every event of the streams on the page, but not its texts. */
export async function listStreams(
  { calls, rpc }: SpannerContext,
  { prefix, after, limit }: ListPlan,
  call: Call,
): Promise<readonly StreamSummary[]> {
  const sql = `
    SELECT s.stream_id, CAST(s.version AS STRING), e.type, CAST(s.snapshot AS STRING)
    FROM (
      SELECT stream_id, MAX(version) AS version, MAX(IF(snapshot IS NULL, NULL, version)) AS snapshot FROM events
      WHERE stream_id > @after AND STARTS_WITH(stream_id, @prefix) GROUP BY stream_id ORDER BY stream_id LIMIT ${limit}
    ) AS s JOIN events AS e ON e.stream_id = s.stream_id AND e.version = s.version
    ORDER BY s.stream_id`;
  const params = { after: cell(after), prefix: cell(prefix) };
  const rows = await calls.run({ name: 'the listing of streams', kind: 'read', attempt: () => rpc.query(sql, call, params) }, call);
  return rows.map(({ values }) => {
    const snapshot = optionalText(values[3]);
    return {
      streamId: textOf(values[0]),
      version: Number(textOf(values[1])),
      isClosed: textOf(values[2]) === STREAM_CLOSED_TYPE,
      ...(snapshot !== undefined && { snapshotVersion: Number(snapshot) }),
    };
  });
}

/**
 * Counts, by a walk through the whole index of the log that reads its keys alone, and the ends. 1 query and 1 Read: an index is walked
 * from its beginning only, so the last time of each shard comes with the count, and the Read looks from there on.
 */
export async function describeShards(context: SpannerContext, call: Call): Promise<readonly ShardExtent[]> {
  const { calls, rpc, settings } = context;
  // The rows of other shards are guards of deleted streams.
  const sql = `SELECT CAST(shard AS STRING), CAST(COUNT(*) AS STRING), MAX(commit_ts) FROM events@{FORCE_INDEX=events_log}
    WHERE shard >= 0 GROUP BY shard`;
  const rows = await calls.run({ name: 'the counting of events', kind: 'read', attempt: () => rpc.query(sql, call) }, call);
  const found = rows.map(({ values }) => ({
    shard: Number(textOf(values[0])),
    events: Number(textOf(values[1])),
    lastAt: textOf(values[2]),
  }));
  const ranges = found.map(({ shard, lastAt }) => ({ startClosed: key(shard, lastAt), endClosed: key(shard) }));
  const ends = await lastPositions(context, { ranges }, call);
  const counts = new Map(found.map(({ shard, events }) => [shard, events]));
  return Array.from({ length: settings.shards }, (_, shard) => {
    const last = ends.get(shard);
    return { shard, events: counts.get(shard) ?? 0, ...(last !== undefined && { last }) };
  });
}
