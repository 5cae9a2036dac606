import type { ErrorDescription } from '../error-description.js';

/** Projectors and read models. */
export const PROJECTION_CODES = {
  PROJECTOR_INVALID: {
    message: 'The projector {projector} cannot be used: {reason}.',
    remedy: 'Correct the class or the defineProjector call; see the reason.',
  },
  PROJECTOR_SPEC_FAILED: {
    message: 'The spec of the projector {projector} failed: {reason}',
    remedy: 'Correct the projector or the spec.',
  },
  PROJECTION_UNKNOWN_TABLE: {
    message: 'The projection {projector} has no table {table}.',
    remedy: 'Name one of its declared tables: {declared}.',
  },
  PROJECTOR_UNKNOWN: {
    message: 'No projector is called {projector}; there are: {known}.',
    remedy: 'List it in projectors of Eventspan.open, with a transport where it is to be waited for.',
  },
  READ_MODEL_ELSEWHERE: {
    message: 'The projector {projector} writes to a database of its own, which the application does not read.',
    remedy: 'Read it there.',
  },
  PROJECTOR_NAME_TAKEN: {
    message: 'Two projectors are called {projector} and have version {version}.',
    remedy: 'Give one another name or version, or list it once.',
  },
  PROJECTOR_TABLE_TAKEN: {
    message: 'The table {table} is declared by two projectors, {projectors}.',
    remedy: 'Give each projector tables of its own.',
  },
  TABLE_NAME_TOO_LONG: {
    message: 'The table {table} of {projector} version {version} has a name of {length} characters; {max} leave room for version and run.',
    remedy: 'Give it a shorter name.',
  },
  CATCH_UP_TIMED_OUT: {
    message: 'The projection {projector} did not reach the token within {timeoutMs} ms; behind on shards {shards} ({reason}).',
    remedy: 'Raise timeoutMs, or look at app.status() for a stopped shard.',
    retryable: true,
  },
  VIEW_TABLE_UNKNOWN: {
    message: 'The projector {projector} writes to the table {table}, which it does not declare.',
    remedy: 'List the table in @Projector(..., { tables: [...] }).',
  },
  VIEW_OPERATION_INVALID: {
    message: 'The table {table} is {kind}, and {operation} was called on it.',
    remedy: 'Use increment on tables of counterTable, and the other operations on tables of readModelTable.',
  },
  VIEW_CLOSED: {
    message: 'A handler of the projector {projector} used its view for {operation} on {table} after its batch had ended.',
    remedy: 'Await everything the handler starts before it returns.',
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
