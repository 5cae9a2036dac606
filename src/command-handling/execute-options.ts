import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { CommandMetadata } from './event-metadata.js';

/** Options of one `execute`. */
export interface ExecuteOptions {
  /**
   * Makes the command take effect once by this id, 1 to 200 characters: repeated at any time, in any process, it writes nothing
   * and returns the first result (`repeated: true`). Stores remember an id for 30 days at least. Default: a new id, which
   * promises nothing about a second call.
   */
  readonly commandId?: string;
  /**
   * Where the caller expects the aggregate's stream to be; elsewhere the command is refused with `VERSION_CONFLICT` and not
   * tried again. A plain handler finds it in its context. Default: wherever it is.
   */
  readonly expectedVersion?: ExpectedVersion;
  /** For all events of the command; goes before the current context. */
  readonly metadata?: CommandMetadata;
  /**
   * Milliseconds for the whole command: waiting, reading, deciding, writing, repeats. 1..86,400,000, default 15,000. A handler of
   * an aggregate is not interrupted: when it returns too late, nothing is written.
   */
  readonly deadlineMs?: number;
  /** Gives the command up (`COMMAND_ABORTED`) unless its events have been sent to the store already. */
  readonly signal?: AbortSignal;
}
