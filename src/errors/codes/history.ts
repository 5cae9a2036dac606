import type { ErrorDescription } from '../error-description.js';

/** Closing, exporting, importing and comparing. */
export const HISTORY_CODES = {
  EXPORT_LINE_INVALID: {
    message: 'Line {line} of the export is not valid: {reason}.',
    remedy: 'Restore the file or export again; what was imported before this line is whole, and a repeated import goes on from there.',
  },
  EXPORT_FORMAT_UNKNOWN: {
    message: 'The export is in format {format}; this version reads format {known}.',
    remedy: 'Upgrade eventspan, or export again with this version.',
  },
  EXPORT_INCOMPLETE: {
    message: 'The export was cut off: it ends after line {line}, without its last line.',
    remedy: 'Continue it (eventspan export --continue) or export again; a repeated import passes over what is there.',
  },
  EXPORT_CHECKSUM_DIFFERS: {
    message: 'The events of the export are not those its last line tells of: {what} {found} in place of {expected}.',
    remedy: 'The file was changed or damaged; restore it or export again.',
  },
  EXPORT_FILE_UNREADABLE: {
    message: 'The export {file} cannot be read: {reason}.',
    remedy: 'Check path, rights and disk; a damaged gzip file must be restored or exported again.',
  },
  EXPORT_FILE_UNWRITABLE: {
    message: 'The export {file} cannot be written: {reason}.',
    remedy: 'Check path, rights and space, then go on with --continue.',
  },
  EXPORT_FILE_EXISTS: {
    message: 'The file {file} is there already; an export does not overwrite it.',
    remedy: 'Use another name, remove the file, or go on with it (--continue).',
  },
  EXPORT_CONTINUE_REFUSED: {
    message: 'The export {file} cannot be continued: {reason}.',
    remedy: 'Continue with the store and the options it was begun with, or export to another file.',
  },
  IMPORT_LINE_REFUSED: {
    message: 'Line {line} of the export ({streamId} version {version}) does not fit the store: {reason}.',
    remedy: 'Import into an empty store, or one that holds the beginning of this export, and that nobody else writes to.',
  },
  EXPORT_STORE_DIFFERS: {
    message: 'Line {line} of the export ({streamId} version {version}) is not what the store has: {reason}.',
    remedy: 'Import the export into an empty store, or find out who wrote to this one.',
  },
  TRANSFORM_FAILED: {
    message: 'The event {eventId} ({streamId} version {version}) cannot be transformed: {reason}.',
    remedy: 'Correct the transform or the upcasters and run again; what was written before is passed over.',
  },
  COPY_INTO_ITSELF: {
    message: 'The store to copy to is the store to copy from.',
    remedy: 'Give another store.',
  },
  STREAM_UNKNOWN: {
    message: 'The stream {streamId} has no events{asOf}.',
    remedy: 'Check the id; streams are listed by eventspan streams list.',
  },
  STREAM_VERSION_UNKNOWN: {
    message: 'The stream {streamId} has no version {version}; its last is {last}.',
    remedy: 'Ask for a version from 0 to {last}.',
  },
  STREAM_EVENTS_DELETED: {
    message: 'The events of {streamId} were deleted; only the closing event, version {version}, is left.',
    remedy: 'Use a copy or an export from before the deletion.',
  },
  BOOKS_CONFLICTED: {
    message: 'The books of {streamId} could not be closed: {attempts} times somebody else wrote to it meanwhile.',
    remedy: 'Run it again when there is less traffic on the stream.',
    retryable: true,
  },
  BOOKS_SUCCESSOR_EXISTS: {
    message: 'The books of {streamId} cannot go on in {successor}: that stream has events already.',
    remedy: 'Name a successor that is new.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
