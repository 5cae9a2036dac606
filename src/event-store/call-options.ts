/** Options of every call that crosses the process. */
export interface CallOptions {
  /** Milliseconds for the whole call, repeats included. Default 15,000. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Who calls, for the counting of RPCs: `command`, `relay`, `projector`, ... Default `other`. */
  readonly caller?: string;
}

export const DEFAULT_DEADLINE_MS = 15_000;
