import { EventspanError } from '../errors/eventspan-error.js';
import { messageOf } from '../support/message-of.js';
import { kindOf } from './status.js';

/** `BATCH_ABORTED` where a transaction is gone with its first failure: then the batch is run again as a whole, by its caller; else the error. */
export function abortedOr(error: unknown): unknown {
  const kind = kindOf(error);
  if (kind !== 'aborted' && kind !== 'sessionLost') return error;
  return new EventspanError('BATCH_ABORTED', { reason: messageOf(error) }, { cause: error });
}
