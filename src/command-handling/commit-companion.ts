import type { RowChange } from '../event-store/read-models.js';
import type { StreamWrite } from '../event-store/append.js';
import type { CallOptions } from '../event-store/call-options.js';

/** What goes into the commit of one append besides its events. */
export interface CompanionChanges {
  readonly changes: readonly RowChange[];
  /** Called once, after the append has surely succeeded. Must not throw. */
  committed(): void;
}

/** Adds to the commits of commands: inline projections. Asked anew for each append, also after a conflict. */
export interface CommitCompanion {
  /** Undefined when it has nothing to add. What it throws fails the command; nothing is stored then. */
  prepare(writes: readonly StreamWrite[], options: CallOptions): Promise<CompanionChanges | undefined>;
}
