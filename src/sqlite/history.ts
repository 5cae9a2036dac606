import { EventspanError } from '../errors/eventspan-error.js';
import type { ShardExtent, StreamSummary } from '../event-store/event-store.js';
import { planImport } from '../event-store/import-plan.js';
import type { ListPlan } from '../event-store/list-plan.js';
import { parsePosition, type Position } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { MAX_STREAM_ID_LENGTH } from '../event-store/stream-id.js';
import { headOf, INSERT_EVENT } from './append.js';
import type { SqliteDatabase } from './database.js';
import { EVENT_COLUMNS, findEvents } from './event-rows.js';

const STREAMS = `SELECT s.stream_id, s.version, e.type, (SELECT max(version) FROM snapshots WHERE snapshots.stream_id = s.stream_id) AS snapshot
  FROM (SELECT stream_id, max(version) AS version FROM events WHERE stream_id > ? AND stream_id >= ? AND stream_id < ? GROUP BY stream_id
    ORDER BY stream_id LIMIT ?) AS s
  JOIN events AS e ON e.stream_id = s.stream_id AND e.version = s.version ORDER BY s.stream_id`;
const COUNTS = 'SELECT shard, count(*) AS events FROM events GROUP BY shard';
const LAST = `SELECT ${EVENT_COLUMNS} FROM events WHERE shard = ? ORDER BY commit_time DESC, commit_index DESC LIMIT 1`;
const EVENT_ID = 'SELECT event_id FROM events WHERE stream_id = ? AND version = ?';
const DELETE_EVENTS = 'DELETE FROM events WHERE stream_id = ? AND version < ?';
const DELETE_SNAPSHOTS = 'DELETE FROM snapshots WHERE stream_id = ?';

/** Set behind a prefix, it is after every stream id that begins so: longer than any, of the last code point. */
const AFTER_ALL = '\u{10ffff}'.repeat(MAX_STREAM_ID_LENGTH + 1);

/** One page of streams; walks the primary key. */
export function listStreams(database: SqliteDatabase, { prefix, after, limit }: ListPlan): readonly StreamSummary[] {
  return database.all(STREAMS, [after, prefix, `${prefix}${AFTER_ALL}`, limit]).map((row) => ({
    streamId: row['stream_id'] as string,
    version: row['version'] as number,
    isClosed: row['type'] === STREAM_CLOSED_TYPE,
    ...(row['snapshot'] !== null && { snapshotVersion: row['snapshot'] as number }),
  }));
}

/** Counts by the log's index. */
export function describeShards(database: SqliteDatabase, shardCount: number): readonly ShardExtent[] {
  const counts = new Map(database.all(COUNTS).map((row) => [row['shard'] as number, row['events'] as number]));
  return Array.from({ length: shardCount }, (_, shard) => {
    const last = lastPosition(database, shard);
    return { shard, events: counts.get(shard) ?? 0, ...(last !== undefined && { last }) };
  });
}

/** Writes events of another log; only inside a write transaction. Answers how many were not there. */
export function importIntoLog(database: SqliteDatabase, events: readonly StoredEvent[], shardCount: number): number {
  const planned = planImport(events, {
    shardCount,
    now: database.now(),
    head: (streamId) => {
      const { version, type } = headOf(database, streamId);
      return { version, isClosed: type === STREAM_CLOSED_TYPE };
    },
    eventIdAt: (streamId, version) => database.get(EVENT_ID, [streamId, version])?.['event_id'] as string | undefined,
    lastPosition: (shard) => lastPosition(database, shard),
  });
  let latest = 0;
  for (const { streamId, version, eventId, shard, position, type, metadata, data } of planned) {
    const { commitTime, commitIndex } = parsePosition(position);
    database.run(INSERT_EVENT, [streamId, version, eventId, shard, commitTime, commitIndex, type, metadata, data]);
    latest = Math.max(latest, Date.parse(commitTimeOf({ position })) * 1000 + 999);
  }
  database.passTime(latest);
  return planned.length;
}

/** Removes all events of a closed stream but the last; only inside a write transaction. Answers how many. Throws `STREAM_NOT_CLOSED`. */
export function deleteFromLog(database: SqliteDatabase, streamId: string): number {
  const { version, type } = headOf(database, streamId);
  if (type !== STREAM_CLOSED_TYPE) throw new EventspanError('STREAM_NOT_CLOSED', { streamId });
  database.run(DELETE_SNAPSHOTS, [streamId]);
  return database.run(DELETE_EVENTS, [streamId, version]);
}

function lastPosition(database: SqliteDatabase, shard: number): Position | undefined {
  return findEvents(database, LAST, [shard])[0]?.position;
}
