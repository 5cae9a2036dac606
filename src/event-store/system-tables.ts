import { MESSAGING_TABLES } from './messaging-tables.js';
import type { TableDefinition } from './read-models.js';

/**
 * Tables of Eventspan's own that every store makes with its schema. They are read and written through {@link ReadModels} like any
 * table, so that what they say is committed together with rows and cursors.
 */

/** Streams that wait for a consumer because one of their events could not be handled. One row a consumer and stream. */
export const PARKED_STREAMS: TableDefinition = {
  name: 'parked',
  key: ['consumer', 'shard', 'stream_id'],
  columns: {
    consumer: 'string',
    shard: 'integer',
    stream_id: 'string',
    /** The first event that was not handled. Later events of the stream wait in the log. */
    version: 'integer',
    position: 'string',
    event_id: 'string',
    type: 'string',
    /** `failed`, `timed-out`, `killed` or `rebuild`. */
    reason: 'string',
    code: 'string',
    message: 'string',
    stack: 'string',
    /** Tries so far, those of re-drives included. */
    attempts: 'integer',
    parked_at: 'timestamp',
    failed_at: 'timestamp',
    /** What an operator asked for: `redrive`, `discard`, `rebuild` (of requests for single streams, which have consumers of their own) or null. */
    request: 'string',
    request_reason: 'string',
    /** A discard gives up the events up to this version. */
    request_version: 'integer',
    requested_at: 'timestamp',
    /** How often a re-drive of `version` has begun since an unclean end: it may end the process. */
    starts: 'integer',
  },
};

/** The newest request of an operator for a consumer's parked streams, so that its owners look for requests only when there is one. */
export const PARKED_REQUESTS: TableDefinition = {
  name: 'parked_requests',
  key: ['consumer'],
  columns: { consumer: 'string', request_id: 'string', requested_at: 'timestamp' },
};

/** Events that an operator gave up for a consumer, and why. */
export const DISCARDED_EVENTS: TableDefinition = {
  name: 'discarded',
  key: ['consumer', 'stream_id', 'version'],
  columns: {
    consumer: 'string',
    stream_id: 'string',
    version: 'integer',
    event_id: 'string',
    type: 'string',
    position: 'string',
    /** The operator's words. */
    reason: 'string',
    code: 'string',
    message: 'string',
    attempts: 'integer',
    discarded_at: 'timestamp',
  },
};

/** The event that a consumer is about to handle after an unclean end, and how often it has begun: it may end the process. */
export const HANDLER_STARTS: TableDefinition = {
  name: 'handler_starts',
  key: ['consumer', 'shard'],
  columns: { consumer: 'string', shard: 'integer', position: 'string', starts: 'integer', started_at: 'timestamp' },
};

/**
 * Generations of projections: one row a projector, version and run. The row of version 0 is the projector's head: every change of one of its
 * generations counts its revision up, so that two who change them at once are found out.
 */
export const PROJECTIONS: TableDefinition = {
  name: 'projections',
  key: ['projector', 'version', 'run'],
  columns: {
    projector: 'string',
    version: 'integer',
    /** 0 for the first filling of a version; rebuilds of the same version count up. */
    run: 'integer',
    /** `new`, `filling`, `catching-up`, `ready`, `live`, `retired`, `failed`, `cancelled`, `dropped`; `head` of the head. */
    state: 'string',
    /** The declared tables, so that readers of other versions can read them. */
    tables: 'json',
    /** Events of the log when filling began, and the last position of each shard. */
    events_total: 'integer',
    targets: 'json',
    /** `auto`, `when-equal` or `manual`. */
    switch_mode: 'string',
    /** What is to happen next: `cancel`, `switch` or null. */
    request: 'string',
    /** How far a filling is: events done, by shard, and how fast. */
    progress: 'json',
    comparison: 'json',
    code: 'string',
    message: 'string',
    created_at: 'timestamp',
    changed_at: 'timestamp',
    live_since: 'timestamp',
    /** When an operator last asked for single streams to be made anew. */
    streams_requested_at: 'timestamp',
    /** When tables and cursors of a cancelled or dropped one were removed. */
    cleaned_at: 'timestamp',
    revision: 'integer',
  },
};

/** Of subscriptions and projections. */
export const OPERATING_TABLES: readonly TableDefinition[] = [
  PARKED_STREAMS,
  PARKED_REQUESTS,
  DISCARDED_EVENTS,
  HANDLER_STARTS,
  PROJECTIONS,
];

export const SYSTEM_TABLES: readonly TableDefinition[] = [...OPERATING_TABLES, ...MESSAGING_TABLES];
