import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { CommandDeadline } from './command-deadline.js';
import type { Scope } from './message-context.js';

/** One command on its way through the bus. */
export interface CommandExecution {
  readonly command: object;
  /** The wire name. */
  readonly name: string;
  readonly commandId: string;
  /** Key of the append, when the caller gave the command's id. */
  readonly key: string | undefined;
  readonly expectedVersion: ExpectedVersion | undefined;
  readonly metadata: CommonMetadata;
  readonly deadline: CommandDeadline;
  readonly scope: Scope;
}
