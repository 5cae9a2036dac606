import { EventspanError } from '../errors/eventspan-error.js';
import { isWellFormed } from './well-formed.js';

/** Characters (code points) of the longest stream id. */
export const MAX_STREAM_ID_LENGTH = 256;

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Answers `streamId`, or throws `STREAM_ID_INVALID` when a store could not keep it as it is. */
export function checkStreamId(streamId: string): string {
  const reason = streamIdFault(streamId);
  if (reason === undefined) return streamId;
  throw new EventspanError('STREAM_ID_INVALID', { value: JSON.stringify(streamId), reason });
}

function streamIdFault(streamId: unknown): string | undefined {
  if (typeof streamId !== 'string') return 'it is not a string';
  if (streamId.length === 0) return 'it is empty';
  if (hasMoreCodePoints(streamId, MAX_STREAM_ID_LENGTH)) return `it has more than ${MAX_STREAM_ID_LENGTH} characters`;
  if (CONTROL.test(streamId)) return 'it has a control character';
  if (!isWellFormed(streamId)) return 'it has a lone surrogate';
  return undefined;
}

/** Whether `text` has more than `bound` code points; counts only where the cheap length leaves it open. */
export function hasMoreCodePoints(text: string, bound: number): boolean {
  if (text.length <= bound) return false;
  return text.length > 2 * bound || Array.from(text).length > bound;
}
