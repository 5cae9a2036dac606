import type { ErrorCode } from '../../errors/codes.js';
import { isEventspanError } from '../../errors/eventspan-error.js';
import { isTransient } from '../../errors/is-transient.js';

/** Of Eventspan's own errors those by which a command is refused; any other speaks of the store, the program or its configuration. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'COMMAND_TARGET_INVALID',
  'STREAM_CLOSED',
  'STREAM_EXISTS',
  'STREAM_MISSING',
  'VERSION_CONFLICT',
]);

/**
 * Whether what executing a command threw is its handler's last word. What may pass (`retryable`) is not, and neither is a fault that an operator
 * can mend: such a command waits.
 */
export function isRefusal(error: unknown): boolean {
  if (isEventspanError(error)) return REFUSALS.has(error.code);
  return !isTransient(error);
}
