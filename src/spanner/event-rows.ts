import { formatPosition } from '../event-store/position.js';
import type { PlannedWrite } from '../event-store/append-plan.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { Mutation, Value } from './protocol.js';
import { timeOfCell } from './times.js';
import { cell, COMMIT_TIME, key, NULL, textOf, TRUE } from './values.js';

/** What an event is read from; all of it is in the index `events_log` too. */
export const EVENT_COLUMNS = ['stream_id', 'version', 'event_id', 'commit_pos', 'type', 'data', 'meta', 'shard', 'commit_ts'] as const;

/** Columns of an inserted event. */
export const INSERT_COLUMNS = [...EVENT_COLUMNS, 'snapshot'] as const;

/** An event from cells in the order of {@link EVENT_COLUMNS}. */
export function eventOfRow(row: readonly Value[]): StoredEvent {
  const streamId = textOf(row[0]);
  const version = Number(textOf(row[1]));
  const commitIndex = Number(textOf(row[3]));
  const position = formatPosition({ commitTime: timeOfCell(textOf(row[8])), commitIndex, streamId, version });
  return {
    eventId: textOf(row[2]),
    type: textOf(row[4]),
    data: textOf(row[5]),
    metadata: textOf(row[6]),
    streamId,
    version,
    shard: Number(textOf(row[7])),
    position,
  };
}

/** The shard of a row that is no event: of a deleted stream it keeps version 1 from being given out again. No log is read there. */
const GUARD_SHARD = -1;

/** Whether a row only keeps its place. */
export function isGuard({ shard }: Pick<StoredEvent, 'shard'>): boolean {
  return shard === GUARD_SHARD;
}

/**
 * Writes the row that keeps version 1 of a deleted stream, in place of the event there. Like every closing event it takes no mark of a
 * successor, so that version 2 is not given out either.
 */
export function guardMutation(streamId: string): Mutation {
  const cells = [streamId, 1, '', 0, STREAM_CLOSED_TYPE, '{}', '{}', GUARD_SHARD].map(cell);
  const values = [{ values: [...cells, COMMIT_TIME, NULL, NULL] }];
  return { insertOrUpdate: { table: 'events', columns: [...INSERT_COLUMNS, 'has_next'], values } };
}

/** The mutations that write `planned` above `head`; with `checksHead`, they are refused where no event of version `head` is. */
export function eventMutations(planned: PlannedWrite, head: number, checksHead: boolean): Mutation[] {
  const insert: Mutation = {
    insert: {
      table: 'events',
      columns: INSERT_COLUMNS,
      values: planned.write.events.map((_, at) => ({ values: eventCells(planned, head, at) })),
    },
  };
  return checksHead && head > 0 ? [predecessorMutation(planned.streamId, head), insert] : [insert];
}

function eventCells({ streamId, shard, firstIndex, write }: PlannedWrite, head: number, at: number): Value[] {
  const { eventId, type, data, metadata } = write.events[at] as (typeof write.events)[number];
  const isLast = at === write.events.length - 1;
  return [
    cell(streamId),
    cell(head + at + 1),
    cell(eventId),
    cell(firstIndex + at),
    cell(type),
    cell(data),
    cell(metadata),
    cell(shard),
    COMMIT_TIME,
    isLast && write.snapshot !== undefined ? cell(write.snapshot) : NULL,
  ];
}

/** An update fails where its row is missing, and this one changes nothing that anybody reads. */
function predecessorMutation(streamId: string, head: number): Mutation {
  const row = { values: [...key(streamId, head).values, TRUE] };
  return { update: { table: 'events', columns: ['stream_id', 'version', 'has_next'], values: [row] } };
}
