import type { TableDefinition } from './read-models.js';

/** Tables of Eventspan's own for consumers, process managers, timers and work queues; see {@link SYSTEM_TABLES}. */

/**
 * Messages of topics that a consumer is done with: the row is inserted with what the message brought about, so that a repeat is found out.
 * Spanner removes rows by `expires_at`; in other stores the consumers do.
 */
export const INBOX: TableDefinition = {
  name: 'inbox',
  key: ['consumer', 'message_id'],
  columns: {
    consumer: 'string',
    message_id: 'string',
    /** `handled`, `dead` (it is, or was, a dead letter) or `skipped`. */
    outcome: 'string',
    type: 'string',
    subject: 'string',
    handled_at: 'timestamp',
    expires_at: 'timestamp',
  },
};

/** Messages of topics that could not be handled. What they hold is in {@link DEAD_LETTER_CONTENTS}, so that many can be listed. */
export const DEAD_LETTERS: TableDefinition = {
  name: 'dead_letters',
  key: ['consumer', 'message_id'],
  columns: {
    consumer: 'string',
    message_id: 'string',
    /** Messages of one key are handled in the order of `sequence`; null where there is no order. */
    ordering_key: 'string',
    sequence: 'integer',
    type: 'string',
    subject: 'string',
    /** `failed`, `timed-out`, `unreadable` or `behind`. */
    reason: 'string',
    code: 'string',
    message: 'string',
    attempts: 'integer',
    arrived_at: 'timestamp',
    failed_at: 'timestamp',
    /** `redrive` or null. */
    request: 'string',
    requested_at: 'timestamp',
  },
};

/** What a dead letter holds, and where its handler failed. */
export const DEAD_LETTER_CONTENTS: TableDefinition = {
  name: 'dead_letter_contents',
  key: ['consumer', 'message_id'],
  columns: {
    consumer: 'string',
    message_id: 'string',
    /** JSON text of an object. */
    attributes: 'string',
    transport_key: 'string',
    /** How `data` is written: `utf8`, `base64`, or `cut` where it was too large to be kept. */
    encoding: 'string',
    data: 'string',
    stack: 'string',
  },
};

/** Keys of which a message is dead: later ones wait behind it. The row goes with the last of them. */
export const DEAD_LETTER_KEYS: TableDefinition = {
  name: 'dead_letter_keys',
  key: ['consumer', 'ordering_key'],
  columns: {
    consumer: 'string',
    ordering_key: 'string',
    last_sequence: 'integer',
    /** `redrive` where the letters of the key are to be handled, or null. */
    request: 'string',
    changed_at: 'timestamp',
  },
};

/** What operators did to dead letters, for good. */
export const DEAD_LETTER_CHANGES: TableDefinition = {
  name: 'dead_letter_changes',
  key: ['consumer', 'message_id', 'change_id'],
  columns: {
    consumer: 'string',
    message_id: 'string',
    change_id: 'string',
    /** `edit` or `discard`. */
    kind: 'string',
    changed_by: 'string',
    reason: 'string',
    changed_at: 'timestamp',
    attributes_before: 'string',
    encoding_before: 'string',
    data_before: 'string',
    /** Of an edit. */
    attributes_after: 'string',
    data_after: 'string',
  },
};

/** Of each process the data of its stream's last event, for reading many at once and for lists. */
export const PROCESSES: TableDefinition = {
  name: 'processes',
  key: ['process', 'process_id'],
  columns: {
    process: 'string',
    process_id: 'string',
    /** Of the last event. */
    version: 'integer',
    /** `running`, `completed`, `compensating`, `compensated` or `parked`. */
    status: 'string',
    /** To the byte as in the event. */
    data: 'string',
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

export const MESSAGING_TABLES: readonly TableDefinition[] = [
  INBOX,
  DEAD_LETTERS,
  DEAD_LETTER_CONTENTS,
  DEAD_LETTER_KEYS,
  DEAD_LETTER_CHANGES,
  PROCESSES,
  TIMERS,
  TIMER_NAMES,
  TASKS,
];
