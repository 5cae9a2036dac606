import { commandKey } from '../../command-handling/command-key.js';
import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { AppendRequest, AppendResult, StreamAppended } from '../../event-store/append.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { EventToAppend, StoredEvent } from '../../event-store/stored-event.js';
import { isWellFormed } from '../../event-store/well-formed.js';
import {
  COMMAND_SENT,
  commandExecutedEvent,
  commandRefusedEvent,
  commandStreamOf,
  type CommandSent,
} from '../../messages/framework/command-events.js';
import type { FollowingMetadata } from '../../messages/framework/following-metadata.js';
import { failureTexts } from '../../subscriptions/failure-texts.js';
import type { Clock } from '../../support/clock.js';

/** Characters of a user's own error code that is kept. */
const MAX_CODE = 200;

/** A command whose execution has ended. */
export interface SettledCommand {
  /** With which it was sent. */
  readonly event: StoredEvent;
  readonly sent: CommandSent;
  /** Of what follows from it. */
  readonly metadata: FollowingMetadata;
}

export interface OutcomeRecorderOptions {
  readonly store: Pick<EventStore, 'append'>;
  readonly source: string;
  readonly clock: Clock;
  readonly caller: string;
  readonly onAppended: (result: AppendResult) => void;
}

/** Notes what became of commands, once each: the outcome is the event behind the one with which the command was sent. */
export class OutcomeRecorder {
  constructor(private readonly options: OutcomeRecorderOptions) {}

  /** 1 Commit. `streams`: what executing it answered. Throws the store's errors. */
  async executed(settled: SettledCommand, streams: readonly StreamAppended[]): Promise<void> {
    const { event, sent } = settled;
    // What the key holds is the refusal, which was first.
    if (streams.some(({ streamId }) => streamId === event.streamId)) return;
    const { commandId, name } = sent;
    const events = streams.reduce((sum, { eventIds }) => sum + eventIds.length, 0);
    await this.append(event, { outcome: commandExecutedEvent({ commandId, name, events }, this.noteOf(settled)) });
  }

  /**
   * Under the key with which the command would take effect: where it has taken effect meanwhile, by another process, that is its outcome. 1 Commit.
   * Throws the store's errors.
   */
  async refused(settled: SettledCommand, error: unknown): Promise<void> {
    const { event, sent } = settled;
    const { commandId, name } = sent;
    const { message, code } = refusalTexts(error);
    const outcome = commandRefusedEvent({ commandId, name, ...(code !== undefined && { code }), message }, this.noteOf(settled));
    const result = await this.append(event, { outcome, key: commandKey(commandId) });
    const isAnothers = result?.repeated === true && result.streams.every(({ streamId }) => streamId !== event.streamId);
    if (isAnothers) await this.executed(settled, result.streams);
  }

  private noteOf({ sent, metadata }: SettledCommand): { metadata: FollowingMetadata; nowMs: number } {
    const { source, clock } = this.options;
    return { metadata: { ...metadata, commandId: sent.commandId, source }, nowMs: clock.now() };
  }

  /** Undefined where the command is settled already. */
  private async append(
    { streamId }: StoredEvent,
    { outcome, key }: { readonly outcome: EventToAppend; readonly key?: string },
  ): Promise<AppendResult | undefined> {
    const { store, caller, onAppended } = this.options;
    const request: AppendRequest = { writes: [{ streamId, expectedVersion: 1, events: [outcome] }], ...(key !== undefined && { key }) };
    try {
      const result = await store.append(request, { caller });
      if (!result.repeated) onAppended(result);
      return result;
    } catch (error) {
      if (isEventspanError(error, 'VERSION_CONFLICT') || isEventspanError(error, 'STREAM_CLOSED')) return undefined;
      throw error;
    }
  }
}

/** The outcome is written behind the event, so the event must be where its command says. Throws `PAYLOAD_UNREADABLE`. */
export function checkSentStream({ streamId, version }: StoredEvent, { commandId }: CommandSent): void {
  if (streamId === commandStreamOf(commandId) && version === 1) return;
  const reason = `it is ${commandId}, and the event is version ${version} of ${streamId}`;
  throw new EventspanError('PAYLOAD_UNREADABLE', { type: COMMAND_SENT, path: '$.commandId', reason });
}

/** A user's own `code` is kept where it is text. */
function refusalTexts(error: unknown): { readonly message: string; readonly code: string | undefined } {
  const { message, code } = failureTexts(error);
  return { message, code: code ?? ownCode(error) };
}

function ownCode(error: unknown): string | undefined {
  try {
    const { code } = error as { readonly code?: unknown };
    return typeof code === 'string' && code.length <= MAX_CODE && isWellFormed(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
