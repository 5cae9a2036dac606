import { isEventspanError, type EventspanError } from '../errors/eventspan-error.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import { readStreamEnd, streamClosed } from '../event-store/read-closing.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import { orAbort } from '../support/abort.js';
import { messageOf } from '../support/message-of.js';
import type { CommandDeadline } from './command-deadline.js';
import type { CommitCompanion, CompanionChanges } from './commit-companion.js';
import { currentContext, runOutsideScopes } from './message-context.js';

export interface CommandAppenderOptions {
  readonly store: EventStore;
  readonly backoff: Backoff;
  readonly random: Random;
  readonly logger: Logger;
  /** Inline projections. */
  readonly companion: CommitCompanion | undefined;
  readonly onAppended: ((result: AppendResult) => void | Promise<void>) | undefined;
}

/** The end of a command: its append, and what follows from it. */
export interface Appended {
  readonly result: AppendResult;
  /** True when an earlier append with the same key is what `result` tells of. */
  readonly repeated: boolean;
}

/** Appends for commands, and does not rest before it knows what became of it. */
export class CommandAppender {
  constructor(private readonly options: CommandAppenderOptions) {}

  /**
   * 1 Commit. When its outcome is unknown, the same request is sent again, with the same ids, until the store says or the
   * deadline is over. What the companion adds is in the same Commit. Throws what the companion throws, `COMMAND_ABORTED` only before anything was sent; `VERSION_CONFLICT`; `OUTCOME_UNKNOWN`.
   */
  async append(request: AppendRequest, deadline: CommandDeadline): Promise<Appended> {
    deadline.check();
    const companion = await this.prepare(request, deadline);
    const result = await this.send(
      companion === undefined ? request : { ...request, changes: [...(request.changes ?? []), ...companion.changes] },
      deadline,
    );
    const repeated = result.repeated && !isOwn(request, result);
    if (!repeated && result.streams.length > 0) {
      if (companion !== undefined) runOutsideScopes(() => companion.committed());
      this.tell(result);
    }
    return { result, repeated };
  }

  /** The first result of a key, if there is one. 1 Read. */
  find(key: string, deadline: CommandDeadline): Promise<AppendResult | undefined> {
    return deadline.reading((options) => this.options.store.findAppend(key, options));
  }

  /** What goes into the same commit. It runs code of the application's, which the deadline ends like a handler's. */
  private async prepare({ writes }: AppendRequest, deadline: CommandDeadline): Promise<CompanionChanges | undefined> {
    const { companion } = this.options;
    if (companion === undefined || writes.length === 0) return undefined;
    const prepared = await deadline.within((signal) => orAbort(companion.prepare(writes, { ...deadline.readOptions, signal }), signal));
    deadline.check();
    return prepared;
  }

  private async send(request: AppendRequest, deadline: CommandDeadline): Promise<AppendResult> {
    try {
      return await this.options.store.append(request, deadline.appendOptions);
    } catch (error) {
      if (isEventspanError(error, 'STREAM_CLOSED')) throw await this.explain(error, deadline);
      if (!isEventspanError(error, 'OUTCOME_UNKNOWN')) throw error;
      return this.resolve(request, deadline, error);
    }
  }

  /** The closing event says why, and where the stream goes on. 1 Read. */
  private async explain(error: EventspanError, deadline: CommandDeadline): Promise<EventspanError> {
    try {
      const end = await deadline.reading((options) => readStreamEnd(this.options.store, String(error.details['streamId']), options));
      return end?.closed === undefined ? error : streamClosed(end, error);
    } catch {
      // What is known without the closing event is the answer still.
      return error;
    }
  }

  /** Success and conflict settle it; any other failure says only that this repeat was not heard. */
  private async resolve(request: AppendRequest, deadline: CommandDeadline, unknown: Error): Promise<AppendResult> {
    const { backoff, random, store } = this.options;
    for (let repeat = 1; ; repeat++) {
      try {
        await deadline.pause(nextDelayMs(backoff, repeat, random));
        return await store.append(request, deadline.appendOptions);
      } catch (error) {
        if (isEventspanError(error, 'VERSION_CONFLICT')) throw error;
        if (isEventspanError(error, 'STREAM_CLOSED')) throw await this.explain(error, deadline);
        if (deadline.isOver) throw unknown;
      }
    }
  }

  /** Whoever listens must not fail the command, which has taken effect. */
  private tell(result: AppendResult): void {
    const { onAppended, logger } = this.options;
    if (onAppended === undefined) return;
    const { correlationId, causationId: commandId } = currentContext();
    const warn = (error: unknown): void => logger.warn({ correlationId, commandId, reason: messageOf(error) }, 'onAppended failed');
    try {
      const answer = runOutsideScopes(() => onAppended(result));
      if (answer instanceof Promise) answer.catch(warn);
    } catch (error) {
      warn(error);
    }
  }
}

/** A result with the ids of this request is the answer to an earlier sending of itself. */
function isOwn(request: AppendRequest, result: AppendResult): boolean {
  const [sent] = request.writes;
  const [stored] = result.streams;
  return sent !== undefined && sent.events[0]?.eventId === stored?.eventIds[0];
}
