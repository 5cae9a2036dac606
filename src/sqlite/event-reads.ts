import type { LoadedStream, ShardRange } from '../event-store/event-store.js';
import { parsePosition, type Position } from '../event-store/position.js';
import type { StreamReadPlan } from '../event-store/read-plan.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { SqliteDatabase } from './database.js';
import type { SqlValue } from './driver.js';
import { EVENT_COLUMNS, findEvents } from './event-rows.js';

const TAIL = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND version > ? ORDER BY version`;
/** A snapshot of a version that the stream does not have is none. */
const SNAPSHOT = `SELECT version, state FROM snapshots WHERE stream_id = ? AND version < ?
  AND EXISTS (SELECT 1 FROM events WHERE events.stream_id = snapshots.stream_id AND events.version = snapshots.version)
  ORDER BY version DESC LIMIT 1`;
const SPAN = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND version BETWEEN ? AND ? AND commit_time <= ?`;

/** After every commit time. */
const END_OF_TIME = '~';

/** Everything above a version. */
export function loadTail(database: SqliteDatabase, streamId: string, afterVersion: number): LoadedStream {
  const events = findEvents(database, TAIL, [streamId, afterVersion]);
  return { version: events.at(-1)?.version ?? afterVersion, events };
}

/** The newest snapshot that is accepted, and everything above it. */
export function loadFromSnapshot(database: SqliteDatabase, streamId: string, accept: (state: string) => boolean): LoadedStream {
  for (let below = Number.MAX_SAFE_INTEGER; ;) {
    const row = database.get(SNAPSHOT, [streamId, below]);
    if (row === undefined) return loadTail(database, streamId, 0);
    const snapshot = { version: row['version'] as number, state: row['state'] as string };
    if (accept(snapshot.state)) return { ...loadTail(database, streamId, snapshot.version), snapshot };
    below = snapshot.version;
  }
}

/** One page of a stream read. */
export function readSpan(database: SqliteDatabase, streamId: string, plan: StreamReadPlan): readonly StoredEvent[] {
  const sql = `${SPAN} ORDER BY version ${plan.backwards ? 'DESC' : 'ASC'} LIMIT ?`;
  return findEvents(database, sql, [streamId, plan.from, plan.to, plan.asOf ?? END_OF_TIME, plan.limit]);
}

/** One range of a shard's log. (shard, commit_time, commit_index) is unique and the index, so the whole order is read from it. */
export function readRange(database: SqliteDatabase, range: ShardRange, limit: number): readonly StoredEvent[] {
  const conditions = ['shard = ?'];
  const values: SqlValue[] = [range.shard];
  const bound = (operator: string, position: Position | undefined): void => {
    if (position === undefined) return;
    const { commitTime, commitIndex, streamId, version } = parsePosition(position);
    conditions.push(`(commit_time, commit_index, stream_id, version) ${operator} (?, ?, ?, ?)`);
    values.push(commitTime, commitIndex, streamId, version);
  };
  bound('>', range.after);
  bound('<=', range.upTo);
  if (range.asOf !== undefined) {
    conditions.push('commit_time <= ?');
    values.push(range.asOf);
  }
  const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE ${conditions.join(' AND ')} ORDER BY commit_time, commit_index LIMIT ?`;
  return findEvents(database, sql, [...values, limit]);
}
