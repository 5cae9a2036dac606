import type { TableDefinition } from './read-models.js';

/** Tables of Eventspan's own for consumers, process managers, timers and work queues; see {@link SYSTEM_TABLES}. */

/** Messages of topics that a consumer has handled: the row is inserted with what the message brought about, so that a repeat is found out. */
export const INBOX: TableDefinition = {
  name: 'inbox',
  key: ['consumer', 'message_id'],
  columns: { consumer: 'string', message_id: 'string', type: 'string', subject: 'string', handled_at: 'timestamp' },
};

/** Messages of topics that could not be handled, with what is needed to handle them later. */
export const DEAD_LETTERS: TableDefinition = {
  name: 'dead_letters',
  key: ['consumer', 'message_id'],
  columns: {
    consumer: 'string',
    message_id: 'string',
    /** Messages of one key are handled in the order of their arrival; those behind a dead one wait with it. */
    ordering_key: 'string',
    arrived_at: 'timestamp',
    sequence: 'integer',
    type: 'string',
    subject: 'string',
    attributes: 'json',
    data: 'string',
    /** `failed`, `timed-out`, `unreadable`, `killed` or `behind`. */
    reason: 'string',
    code: 'string',
    message: 'string',
    stack: 'string',
    attempts: 'integer',
    failed_at: 'timestamp',
    request: 'string',
    request_reason: 'string',
    requested_at: 'timestamp',
  },
};

/** The newest state of each process: a copy of what its last transition says, for reading many at once and for lists. */
export const PROCESSES: TableDefinition = {
  name: 'processes',
  key: ['process', 'process_id'],
  columns: {
    process: 'string',
    process_id: 'string',
    version: 'integer',
    /** `running`, `completed`, `compensating`, `compensated` or `parked`. */
    status: 'string',
    state: 'json',
    reason: 'string',
    started_at: 'timestamp',
    changed_at: 'timestamp',
  },
};

/** Timers that are not due yet, in the order in which they will be. */
export const TIMERS: TableDefinition = {
  name: 'timers',
  key: ['shard', 'due_at', 'timer_id'],
  columns: {
    shard: 'integer',
    due_at: 'timestamp',
    timer_id: 'string',
    type: 'string',
    data: 'string',
    metadata: 'string',
    /** A cron expression where it recurs. */
    cron: 'string',
    created_at: 'timestamp',
  },
};

/** Tasks of work queues that are not done. The row goes with the commit of the task's handler. */
export const TASKS: TableDefinition = {
  name: 'tasks',
  key: ['queue', 'task_id'],
  columns: {
    queue: 'string',
    task_id: 'string',
    /** `waiting` or `dead`. */
    state: 'string',
    type: 'string',
    priority: 'integer',
    attempts: 'integer',
    code: 'string',
    message: 'string',
    stack: 'string',
    enqueued_at: 'timestamp',
    published_at: 'timestamp',
    failed_at: 'timestamp',
  },
};

export const MESSAGING_TABLES: readonly TableDefinition[] = [INBOX, DEAD_LETTERS, PROCESSES, TIMERS, TASKS];
