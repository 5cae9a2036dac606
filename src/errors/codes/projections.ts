import type { ErrorDescription } from '../error-description.js';

/** Projectors and read models. */
export const PROJECTION_CODES = {
  CATCH_UP_TIMED_OUT: {
    message: 'The projection {projector} did not reach the token within {timeoutMs} ms; behind on shards {shards}.',
    remedy: 'Raise timeoutMs, or look at app.status() for a stopped shard.',
    retryable: true,
  },
  VIEW_TABLE_UNKNOWN: {
    message: 'The projector {projector} writes to the table {table}, which it does not declare.',
    remedy: 'List the table in @Projector(..., { tables: [...] }).',
  },
  VIEW_TABLE_DIFFERS: {
    message: 'The table {table} has {found}, and the projector declares {declared}.',
    remedy: 'Give the projector a new table name, or alter the table by hand.',
  },
  VIEW_VALUE_INVALID: {
    message: 'The value of {table}.{column} is {value}; it must be {bound}.',
    remedy: 'Correct the handler or the column type.',
  },
  VIEW_ROW_EXISTS: {
    message: 'A row with the key {key} is in {table} already.',
    remedy: 'Use upsert where a row may be there.',
  },
  VIEW_ROW_MISSING: {
    message: 'No row with the key {key} is in {table}.',
    remedy: 'Use upsert where a row may be missing.',
  },
} as const satisfies Record<string, ErrorDescription>;
