import type { ErrorDescription } from '../error-description.js';

/** Parked streams and handler policies. */
export const PARKING_CODES = {
  HANDLER_TIMED_OUT: {
    message: 'The handler of {type} in {projector} was not done after {timeoutMs} ms.',
    remedy: 'Make it quicker, or raise timeoutMs of the handler.',
  },
  HANDLER_KILLED: {
    message: 'The process ended {starts} times while {type} ({streamId} version {version}) was handled for {consumer}.',
    remedy: 'Correct the handler, then re-drive the stream.',
  },
  PARKING_FULL: {
    message: 'Shard {shard} of {consumer} has {parked} parked streams already, which is the most that it keeps.',
    remedy: 'Correct the handler, then re-drive or discard what is parked; the shard goes on by itself.',
  },
  STREAM_NOT_PARKED: {
    message: 'The stream {streamId} is not parked for {consumer}.',
    remedy: 'Look at: npx eventspan parked list.',
  },
  PARKED_SELECTION_INVALID: {
    message: 'The selection of parked streams is not valid: {reason}.',
    remedy: 'Name a stream with its consumer, a reason, a code, a consumer, or all: true.',
  },
  PARKED_NOT_SETTLED: {
    message: '{pending} of the requests for parked streams were not carried out within {timeoutMs} ms.',
    remedy: 'Look whether a process maintains the projection; the requests stay and are carried out by the next one.',
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
