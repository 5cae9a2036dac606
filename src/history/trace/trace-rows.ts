import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore } from '../../event-store/event-store.js';
import { DEAD_LETTER_CONTENTS, DEAD_LETTERS, TASKS, TIMERS } from '../../event-store/messaging-tables.js';
import { formatPosition } from '../../event-store/position.js';
import type { Row } from '../../event-store/read-models.js';
import type { TraceDeadLetter, TraceTask } from './trace.js';
import { objectOf, textOf, type TraceEvent } from './trace-event.js';

/** A timer that has not fired. */
export interface PendingTimer {
  readonly timerId: string;
  /** RFC 3339. */
  readonly dueAt: string;
  /** What the event will be, as of when the timer was set; it is not in the log. */
  readonly setBy: TraceEvent;
}

const TASK_STREAM = 'eventspan.task-';
/** The attribute of integration messages that has the correlation id; one that is longer than an attribute may be goes on in others, and is not found. */
const CORRELATION = 'ce-correlationid';

/** The timers of a correlation that have not fired, in the order in which they are due. Reads all timers. */
export async function readPendingTimers(store: EventStore, correlationId: string, options: CallOptions): Promise<readonly PendingTimer[]> {
  const found: PendingTimer[] = [];
  for await (const row of store.readModels.scan(TIMERS, undefined, options)) {
    const metadata = objectOf(String(row['metadata']));
    if (metadata['correlationId'] === correlationId) found.push(pendingTimerOf(row, metadata));
  }
  return found.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
}

/** The rows of tasks that are not done, by the id of the event that enqueued them. Reads all tasks if there is one to look for. */
export async function readTasks(
  store: EventStore,
  events: readonly TraceEvent[],
  options: CallOptions,
): Promise<ReadonlyMap<string, TraceTask>> {
  const wanted = new Map(
    events.filter(({ streamId }) => streamId.startsWith(TASK_STREAM)).map((event) => [taskIdOf(event), event.eventId]),
  );
  const found = new Map<string, TraceTask>();
  if (wanted.size === 0) return found;
  for await (const row of store.readModels.scan(TASKS, undefined, options)) {
    const eventId = wanted.get(String(row['task_id']));
    if (eventId !== undefined) found.set(eventId, taskOf(row));
  }
  return found;
}

/** The dead letters of a correlation. Reads the contents of all dead letters, and the rows of those. */
export async function readDeadLetters(store: EventStore, correlationId: string, options: CallOptions): Promise<readonly TraceDeadLetter[]> {
  const keys: Row[] = [];
  for await (const { consumer, message_id, attributes } of store.readModels.scan(DEAD_LETTER_CONTENTS, undefined, options)) {
    if (objectOf(String(attributes))[CORRELATION] === correlationId) keys.push({ consumer, message_id });
  }
  const rows = keys.length === 0 ? [] : await store.readModels.get(DEAD_LETTERS, keys, options);
  return rows.filter((row) => row !== undefined).map(deadLetterOf);
}

function deadLetterOf(row: Row): TraceDeadLetter {
  const texts = ['type', 'reason', 'code', 'message'].map((name) => [name, textOf(row, name)] as const);
  const at = row['failed_at'];
  return {
    consumer: String(row['consumer']),
    messageId: String(row['message_id']),
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    ...(at instanceof Date && { at: at.toISOString() }),
  };
}

function pendingTimerOf(row: Row, metadata: Readonly<Record<string, unknown>>): PendingTimer {
  const timerId = String(row['timer_id']);
  const streamId = `eventspan.timer-${timerId}`;
  const commitTime = `${(row['created_at'] as Date).toISOString().slice(0, 23)}000000Z`;
  const position = formatPosition({ commitTime, commitIndex: 0, streamId, version: 1 });
  const setBy = {
    eventId: timerId,
    type: String(row['type']),
    streamId,
    version: 1,
    shard: Number(row['shard']),
    position,
    metadata,
    payload: {},
  };
  return { timerId, dueAt: (row['due_at'] as Date).toISOString(), setBy };
}

function taskOf(row: Row): TraceTask {
  const [code, message] = [textOf(row, 'code'), textOf(row, 'message')];
  return {
    queue: String(row['queue']),
    state: row['state'] === 'dead' ? 'dead' : 'waiting',
    attempts: Number(row['attempts'] ?? 0),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
  };
}

function taskIdOf({ streamId }: TraceEvent): string {
  return streamId.slice(TASK_STREAM.length);
}
