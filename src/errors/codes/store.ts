import type { ErrorDescription } from '../error-description.js';

/** Event stores, cursors, migrations. */
export const STORE_CODES = {
  VERSION_CONFLICT: {
    message: 'The stream {streamId} was expected at {expected} and is at {actual}.',
    remedy: 'Load it again and decide again.',
    retryable: true,
  },
  OUTCOME_UNKNOWN: {
    message: 'The store did not say whether {operation} took effect: {reason}.',
    remedy: 'Repeat it with the same ids; it takes effect at most once.',
    retryable: true,
  },
  CURSOR_LOST: {
    message: 'The cursor of {consumer} on shard {shard} has gone on to another owner (token {token} is spent).',
    remedy: 'Nothing to do: the new owner goes on from the same position.',
    retryable: true,
  },
  BATCH_ABORTED: {
    message: 'The store gave up a transaction because of other writers: {reason}.',
    remedy: 'Run it again from its beginning.',
    retryable: true,
  },
  STORE_UNAVAILABLE: {
    message: 'The store cannot be reached: {reason}.',
    remedy: 'Check host, credentials and network.',
    retryable: true,
  },
  STORE_FAILED: {
    message: 'The store refused {operation}: {reason}.',
    remedy: 'See the cause.',
  },
  STREAM_CLOSED: {
    message: 'The stream {streamId} was closed at version {version}{detail}; nothing is appended to it any more.',
    remedy: 'Use its successor, if it has one, or a new stream.',
  },
  STREAM_NOT_CLOSED: {
    message: 'The stream {streamId} is not closed, so its events are not removed.',
    remedy: 'Close it as deleted first.',
  },
  IMPORT_CONFLICT: {
    message: 'The event {eventId} ({streamId} version {version}) cannot be imported: {reason}.',
    remedy: 'Import into an empty store that nobody else writes to, in the order of the export.',
  },
  STREAM_ID_INVALID: {
    message: 'The stream id {value} cannot be stored: {reason}.',
    remedy: 'Use 1 to 256 characters without control characters or lone surrogates.',
  },
  POSITION_INVALID: {
    message: 'The text {value} is not a position in a log.',
    remedy: 'Use a position that a store returned.',
  },
  TOKEN_INVALID: {
    message: 'The text {value} is not a consistency token.',
    remedy: 'Use the token of a command result.',
  },
  APPEND_INVALID: {
    message: 'The append is not valid: {reason}.',
    remedy: 'Correct the request; nothing was written.',
  },
  COMMIT_TOO_LARGE: {
    message: 'The commit would need about {mutations} mutations and {bytes} bytes; at most {maxMutations} and {maxBytes} fit.',
    remedy: 'Split it; nothing was written.',
  },
  SHARD_COUNT_DIFFERS: {
    message: 'The store was made with {stored} shards, and {configured} are configured.',
    remedy: 'Configure shards: {stored}; the count is fixed when a store is made.',
  },
  MIGRATIONS_PENDING: {
    message: 'The store {store} is at schema {found}, and this version needs {needed}.',
    remedy: 'Run: npx eventspan migrate --store {store}.',
  },
  SCHEMA_TOO_NEW: {
    message: 'The store {store} is at schema {found}; this version knows up to {needed}.',
    remedy: 'Upgrade eventspan.',
  },
} as const satisfies Record<string, ErrorDescription>;
