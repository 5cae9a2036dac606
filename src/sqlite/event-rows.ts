import { formatPosition } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { SqliteDatabase } from './database.js';
import type { SqlTuple, SqlValue } from './driver.js';

/** What {@link findEvents} selects. */
export const EVENT_COLUMNS = 'stream_id, version, event_id, shard, commit_time, commit_index, type, metadata, data';

/** The events that a select of {@link EVENT_COLUMNS} finds. */
export function findEvents(database: SqliteDatabase, sql: string, values: readonly SqlValue[]): StoredEvent[] {
  return database.tuples(sql, values).map(eventOf);
}

function eventOf(row: SqlTuple): StoredEvent {
  const streamId = row[0] as string;
  const version = row[1] as number;
  const position = formatPosition({ commitTime: row[4] as string, commitIndex: row[5] as number, streamId, version });
  return {
    eventId: row[2] as string,
    type: row[6] as string,
    data: row[8] as string,
    metadata: row[7] as string,
    streamId,
    version,
    shard: row[3] as number,
    position,
  };
}
