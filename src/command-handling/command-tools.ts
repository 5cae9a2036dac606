import type { EventToAppend } from '../event-store/stored-event.js';
import type { RowChange } from '../event-store/read-models.js';
import type { StreamWrite } from '../event-store/append.js';
import type { EventRecording } from '../event-store/repository-recording.js';
import type { SnapshotWarnings } from '../event-store/repository-warnings.js';
import type { Clock } from '../support/clock.js';
import type { Appended, CommandAppender } from './command-appender.js';
import type { CommandExecution } from './command-execution.js';
import type { CommandCounters } from './command-statistics.js';
import { commandKey } from './command-key.js';
import { ConflictRetry, type ConflictRetryOptions } from './conflict-retry.js';
import type { EnrichMetadata } from './event-metadata.js';
import type { StreamTurns } from './stream-turns.js';

export interface CommandToolsOptions {
  readonly recording: EventRecording;
  readonly appender: CommandAppender;
  readonly turns: StreamTurns;
  readonly retry: ConflictRetryOptions;
  readonly clock: Clock;
  readonly warnings: SnapshotWarnings;
  readonly enrich: EnrichMetadata | undefined;
}

/** What both kinds of handlers need to carry a command out. */
export class CommandTools {
  readonly turns: StreamTurns;
  readonly warnings: SnapshotWarnings;
  readonly counters: CommandCounters;

  constructor(private readonly options: CommandToolsOptions) {
    this.turns = options.turns;
    this.warnings = options.warnings;
    this.counters = options.retry.counters;
  }

  conflictRetry(execution: CommandExecution): ConflictRetry {
    return new ConflictRetry(this.options.retry, execution);
  }

  /** Runs a load, and says how long it took in milliseconds. */
  async timed<T>(load: () => Promise<T>): Promise<{ readonly loaded: T; readonly ms: number }> {
    const { clock } = this.options;
    const from = clock.now();
    const loaded = await load();
    return { loaded, ms: clock.now() - from };
  }

  /** The events as they are stored, with the command's metadata. */
  record({ command, metadata }: CommandExecution, events: readonly object[]): EventToAppend[] {
    const { recording, enrich } = this.options;
    return recording.record(events, metadata, enrich && ((common, event) => enrich(common, { command, event })));
  }

  /** One atomic append under the command's key; undefined when there is neither an event nor a row nor a key. */
  async append(
    { key: given, commandId, deadline }: CommandExecution,
    writes: readonly StreamWrite[],
    changes: readonly RowChange[] = [],
  ): Promise<Appended | undefined> {
    if (given === undefined && writes.length === 0 && changes.length === 0) return undefined;
    // Rows alone have no event by which a repeat would be known.
    const key = given ?? (writes.length === 0 ? commandKey(commandId) : undefined);
    return this.options.appender.append({ writes, ...(key !== undefined && { key }), ...(changes.length > 0 && { changes }) }, deadline);
  }
}
