import type { AppendResult, StreamAppended } from '../event-store/append.js';
import { encodeToken, positionsOf } from '../event-store/consistency-token.js';
import type { CommandExecution } from './command-execution.js';

/** What became of a command. */
export interface CommandResult<R = unknown> {
  readonly commandId: string;
  readonly correlationId: string;
  /** The aggregate's stream; of a plain handler the first stream it wrote, undefined if it wrote none. */
  readonly streamId: string | undefined;
  /** The id that the command names; undefined for plain handlers. */
  readonly aggregateId: string | undefined;
  /** Version of `streamId` before the command's events. */
  readonly fromVersion: number;
  /** Version of `streamId` after them; the same as `fromVersion` when there are none. */
  readonly version: number;
  /** Ids of all events, stream by stream, in order. */
  readonly eventIds: readonly string[];
  /** What each stream got; empty when nothing was recorded. */
  readonly streams: readonly StreamAppended[];
  /** Where the events are in the log, for `app.caughtUp`. */
  readonly token: string;
  /** How often it was decided: 1, and 1 more for each conflict. */
  readonly attempts: number;
  /** True when the same `commandId` had taken effect before: then everything but `attempts` and `value` is as it was then. */
  readonly repeated: boolean;
  /** What the handler returned; undefined on repeats, since it is not stored. */
  readonly value: R | undefined;
}

/** The stream a command is about, before it. */
export interface CommandBase {
  readonly streamId: string | undefined;
  readonly aggregateId: string | undefined;
  readonly version: number;
}

/** How an execution ended. */
export interface CommandOutcome {
  readonly base: CommandBase;
  /** Undefined when nothing was written. */
  readonly appended: AppendResult | undefined;
  readonly repeated: boolean;
  readonly attempts: number;
  readonly value: unknown;
}

/** Plain handlers are about no stream in particular. */
export const NO_BASE: CommandBase = Object.freeze({ streamId: undefined, aggregateId: undefined, version: 0 });
const NOTHING: AppendResult = Object.freeze({ streams: [], commitTime: '', repeated: false });

export function resultOf(execution: CommandExecution, outcome: CommandOutcome): CommandResult {
  const { base, appended = NOTHING, repeated, attempts, value } = outcome;
  const { streams } = appended;
  const main = streams.find(({ streamId }) => base.streamId === undefined || streamId === base.streamId);
  return {
    commandId: execution.commandId,
    correlationId: execution.metadata.correlationId,
    streamId: base.streamId ?? main?.streamId,
    aggregateId: base.aggregateId,
    ...versionsOf(base, main),
    eventIds: streams.flatMap(({ eventIds }) => eventIds),
    streams,
    token: encodeToken(positionsOf(appended)),
    attempts,
    repeated,
    value: repeated ? undefined : value,
  };
}

function versionsOf(base: CommandBase, main: StreamAppended | undefined): Pick<CommandResult, 'fromVersion' | 'version'> {
  if (main === undefined) return { fromVersion: base.version, version: base.version };
  return { fromVersion: main.firstVersion - 1, version: main.lastVersion };
}
