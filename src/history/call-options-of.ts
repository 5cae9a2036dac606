import type { CallOptions } from '../event-store/call-options.js';

/** Only what concerns a call. */
export function callOptionsOf({ deadlineMs, signal, caller = 'history' }: CallOptions): CallOptions {
  return { caller, ...(deadlineMs !== undefined && { deadlineMs }), ...(signal !== undefined && { signal }) };
}
