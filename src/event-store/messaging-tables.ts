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

/** Timers that have not fired, in the order in which they will. */
export const TIMERS: TableDefinition = {
  name: 'timers',
  key: ['shard', 'due_at', 'timer_id'],
  columns: {
    shard: 'integer',
    due_at: 'timestamp',
    timer_id: 'string',
    /** The message as it will be appended; what firing adds to the metadata is left out. */
    type: 'string',
    data: 'string',
    metadata: 'string',
    /** A cron expression, its time zone and what becomes of missed occurrences (`once` or `all`), where it recurs. */
    cron: 'string',
    time_zone: 'string',
    missed: 'string',
    /** Whether a row of {@link TIMER_NAMES} goes with it. */
    named: 'boolean',
    created_at: 'timestamp',
  },
};

/** Where the timers are that a user gave an id to. */
export const TIMER_NAMES: TableDefinition = {
  name: 'timer_names',
  key: ['timer_id'],
  columns: { timer_id: 'string', due_at: 'timestamp' },
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
    schema_version: 'integer',
    /** JSON texts of the task and of its event's metadata. */
    data: 'string',
    metadata: 'string',
    priority: 'integer',
    /** Tries that failed. */
    attempts: 'integer',
    code: 'string',
    message: 'string',
    stack: 'string',
    enqueued_at: 'timestamp',
    /** When it was last given to workers; null before. */
    published_at: 'timestamp',
    /** How often it was given to workers without a word of any. */
    unanswered: 'integer',
    /** Not to be tried before. */
    retry_at: 'timestamp',
    failed_at: 'timestamp',
    /** What operators did: who, why, when, and the data before. */
    audit: 'json',
  },
};

export const MESSAGING_TABLES: readonly TableDefinition[] = [INBOX, DEAD_LETTERS, PROCESSES, TIMERS, TIMER_NAMES, TASKS];
