import type { ErrorDescription } from '../error-description.js';

/** Replay tests and recorded histories. */
export const REPLAY_CODES = {
  HISTORY_NOT_FOUND: {
    message: 'No recorded history matches {patterns}.',
    remedy: 'Correct the pattern, or record histories with eventspan record.',
  },
  HISTORY_LINE_INVALID: {
    message: '{place} is no recorded event: {reason}.',
    remedy: 'Restore the file from version control, or record it again; every line is one CloudEvent.',
  },
  HISTORY_AGGREGATE_UNKNOWN: {
    message: 'The stream {streamId} belongs to none of the aggregates {aggregates}.',
    remedy: 'List its aggregate in aggregates: [...], or leave the stream out.',
  },
  HISTORY_HOLE: {
    message: '{place}: the event at version {found} of {streamId} stands where version {expected} must.',
    remedy: 'Record the stream again as a whole; its events stand in the order of their versions.',
  },
  REPLAY_EVENT_FAILED: {
    message: '{place}: {streamId} cannot be replayed beyond version {version} ({type}): {reason}',
    remedy: 'Let the code of today read and apply every event that was ever stored; see the cause.',
  },
  REPLAY_STATE_UNREADABLE: {
    message: 'The state of {streamId} at version {version} cannot be compared: {reason}',
    remedy: 'Keep a state that JSON can carry, or say with stateOf: { {aggregate}: (state) => ... } what of it counts.',
  },
  REPLAY_SNAPSHOT_DIFFERS: {
    message:
      '{streamId}: a snapshot at version {snapshotVersion} with the events after it gives another state than the whole stream.\n{difference}\n',
    remedy: 'Let the snapshot carry all of the state; see the differences.',
  },
  GOLDEN_MISSING: {
    message: 'There is no golden state of {streamId} in {golden}.',
    remedy: 'Look at its state and keep it: run again with EVENTSPAN_UPDATE_GOLDEN=1 (or update: true) and commit the file.',
  },
  GOLDEN_DIFFERS: {
    message: '{streamId}: the state is not the golden one.\n{difference}\n',
    remedy: 'Correct the code, or, where the change is meant, run again with EVENTSPAN_UPDATE_GOLDEN=1 and commit {golden}.',
  },
  GOLDEN_OUTDATED: {
    message: '{streamId}: its history has been changed since its golden state in {golden} was kept ({reason}).',
    remedy: 'Restore the history, or keep its golden state anew with EVENTSPAN_UPDATE_GOLDEN=1.',
  },
  GOLDEN_INVALID: {
    message: 'The golden file {golden} cannot be used: {reason}.',
    remedy: 'Restore it from version control, or write it anew with EVENTSPAN_UPDATE_GOLDEN=1.',
  },
  ACCEPTED_INVALID: {
    message: 'The file of accepted states {file} cannot be used, line {line}: {reason}.',
    remedy: 'Restore it, or write a new one with --accept and another name.',
  },
  TEST_RUNNER_MISSING: {
    message: 'No global describe and it were found for replayTest.',
    remedy: 'Give the functions of your test framework: runner: { describe, it }; or call replayHistories, which needs none.',
  },
  RECORD_NOTHING: {
    message: 'The store has no stream to record{reason}.',
    remedy: 'Correct --aggregate, --stream or --store.',
  },
  RECORD_FIELD_UNKNOWN: {
    message: 'No recorded event has the fields {fields}; nothing was written.',
    remedy: 'Correct their names, or leave them out. There are: {known}.',
  },
  RECORD_MASK_FAILED: {
    message: 'The mask function failed on {path} of {type}: {reason}.',
    remedy: 'Let it give a JSON value of the same kind for each value that it is given.',
  },
  RECORD_LEAKS: {
    message: 'A masked value still stands in other fields: {places}; nothing was written.',
    remedy: 'Mask these fields too, or, where that is no secret, name them in --keep.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
