import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { messageOf } from '../support/message-of.js';

/** SQLite's name of an error (`SQLITE_BUSY_SNAPSHOT`, ...), or empty. */
export function sqliteCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** An error of SQLite as one of ours: `STORE_UNAVAILABLE` where another process held the file too long, else `STORE_FAILED`. */
export function toStoreError(error: unknown, operation: string): EventspanError {
  if (isEventspanError(error)) return error;
  const reason = messageOf(error);
  if (/^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error))) return new EventspanError('STORE_UNAVAILABLE', { reason }, { cause: error });
  return new EventspanError('STORE_FAILED', { operation, reason }, { cause: error });
}
