import { formatPosition, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { SqlRow } from './driver.js';

/** The columns that {@link eventOf} reads. */
export const EVENT_COLUMNS = 'stream_id, version, event_id, shard, commit_time, commit_index, type, metadata, data';

export function positionOf(row: SqlRow): Position {
  return formatPosition({
    commitTime: row['commit_time'] as string,
    commitIndex: row['commit_index'] as number,
    streamId: row['stream_id'] as string,
    version: row['version'] as number,
  });
}

export function eventOf(row: SqlRow): StoredEvent {
  return {
    eventId: row['event_id'] as string,
    type: row['type'] as string,
    data: row['data'] as string,
    metadata: row['metadata'] as string,
    streamId: row['stream_id'] as string,
    version: row['version'] as number,
    shard: row['shard'] as number,
    position: positionOf(row),
  };
}
