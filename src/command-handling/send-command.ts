import { isEventspanError } from '../errors/eventspan-error.js';
import type { AppendResult } from '../event-store/append.js';
import { encodeToken, positionsOf } from '../event-store/consistency-token.js';
import type { EventStore } from '../event-store/event-store.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { inTrace } from '../telemetry/trace-context.js';
import { checkWholeNumber } from '../errors/check-option.js';
import { DEFAULT_DEADLINE_MS } from '../event-store/call-options.js';
import { CommandDeadline } from './command-deadline.js';
import { commandKey } from './command-key.js';
import { commonMetadata, type CommandMetadata } from './event-metadata.js';
import { currentContext } from './message-context.js';
import type { OutgoingCommands } from './outgoing-commands.js';

/** Options of one `send`. */
export interface SendOptions {
  /** As of `execute`: a second command with the same id, 1 to 200 characters, is not sent. Default: a new id. */
  readonly commandId?: string;
  /** For the events that the command will record; goes before the current context. Its trace is that of `metadata`, else of the active span. */
  readonly metadata?: CommandMetadata;
  /** Milliseconds for the append, 1..86,400,000, default 15,000. */
  readonly deadlineMs?: number;
  /** Gives it up (`COMMAND_ABORTED`) unless it has been given to the store already. */
  readonly signal?: AbortSignal;
}

/** A command that is in the log, to be executed. */
export interface SentCommand {
  readonly commandId: string;
  readonly correlationId: string;
  /** Where it is in the log. */
  readonly token: string;
  /** It had been sent before. */
  readonly repeated: boolean;
}

export interface SendParts {
  readonly store: EventStore;
  readonly outgoing: OutgoingCommands;
  readonly source: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdGenerator;
  readonly telemetry: Telemetry;
}

const BACKOFF: Backoff = { initialMs: 10, factor: 2, maxMs: 500 };
const MAX_DEADLINE_MS = 86_400_000;

/**
 * Writes a command to the log. 1 Commit; repeated with the same ids while its outcome is unknown, until the deadline is over. Throws what
 * `Outgoing.command` throws, `OPTION_INVALID`, `STREAM_ID_INVALID`, `COMMAND_ABORTED`, `OUTCOME_UNKNOWN`, `STORE_UNAVAILABLE`.
 */
export async function sendCommand(
  parts: SendParts,
  command: object,
  options: SendOptions = {},
): Promise<{ sent: SentCommand; result: AppendResult }> {
  const { store, outgoing, source, clock, ids, telemetry } = parts;
  const { deadlineMs = DEFAULT_DEADLINE_MS, signal, metadata: given = {} } = options;
  checkWholeNumber('deadlineMs', deadlineMs, { min: 1, max: MAX_DEADLINE_MS });
  const commandId = options.commandId ?? ids();
  commandKey(commandId);
  const { commandId: _, ...metadata } = commonMetadata(given, inTrace(currentContext(), telemetry.tracing.current()), {
    commandId,
    source,
  });
  const write = outgoing.write(command, commandId, metadata);
  const deadline = new CommandDeadline(clock, command.constructor.name, { deadlineMs, signal });
  const result = await until(parts, deadline, () => store.append({ writes: [write] }, deadline.appendOptions));
  const { correlationId } = metadata;
  return { result, sent: { commandId, correlationId, token: encodeToken(positionsOf(result)), repeated: result.repeated } };
}

/** While nobody says what became of it, it is asked for again. */
async function until<T>({ random }: SendParts, deadline: CommandDeadline, append: () => Promise<T>): Promise<T> {
  deadline.check();
  for (let repeat = 1; ; repeat++) {
    try {
      return await append();
    } catch (error) {
      if (!isEventspanError(error, 'OUTCOME_UNKNOWN') || deadline.isOver) throw error;
      await deadline.pause(nextDelayMs(BACKOFF, repeat, random)).catch(() => {
        throw error;
      });
    }
  }
}
