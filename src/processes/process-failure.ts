import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { messageOf } from '../support/message-of.js';

/** What becomes the reason of a parked stream: the error, with the process that it is about. */
export function processFailure(
  error: unknown,
  about: { readonly process: string; readonly processId: string; readonly event: StoredEvent },
): unknown {
  if (isEventspanError(error, 'HANDLER_TIMED_OUT') || (isEventspanError(error) && error.details['processId'] !== undefined)) return error;
  const { process, processId, event } = about;
  const failure = new EventspanError(
    'PROCESS_FAILED',
    { process, processId, type: event.type, reason: messageOf(error) },
    { cause: error },
  );
  if (error instanceof Error) failure.stack = `${failure.name}: ${failure.message}\nCaused by: ${String(error.stack)}`;
  return failure;
}
