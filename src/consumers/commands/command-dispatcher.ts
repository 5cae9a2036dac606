import type { CommandResult } from '../../command-handling/command-result.js';
import type { ExecuteOptions } from '../../command-handling/execute-options.js';
import type { AppendResult } from '../../event-store/append.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import type { CommandRegistry } from '../../messages/command-registry.js';
import { checkSentVersion, COMMAND_SENT, parseCommandSent } from '../../messages/framework/command-events.js';
import { followingMetadata } from '../../messages/framework/following-metadata.js';
import { parseMetadata } from '../../messages/metadata-json.js';
import type { EventBatch, EventFailure, EventHandler } from '../../subscriptions/event-handler.js';
import { throwIfAborted } from '../../support/abort.js';
import type { Clock } from '../../support/clock.js';
import { inParallel } from '../../support/in-parallel.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import { commitAdvance } from '../commit-advance.js';
import { checkSentStream, OutcomeRecorder, type SettledCommand } from './outcome-recorder.js';
import { isRefusal } from './refusal-of.js';
import { inTrace } from '../../telemetry/trace-context.js';

export interface CommandDispatcherOptions {
  readonly store: EventStore;
  /** The commands that this application executes; others pass. */
  readonly commands: CommandRegistry;
  readonly execute: (command: object, options: ExecuteOptions) => Promise<CommandResult>;
  /** Commands of one shard that are executed side by side. */
  readonly sideBySide: number;
  /** Milliseconds for each. */
  readonly deadlineMs: number;
  /** `metadata.source` of outcomes. */
  readonly source: string;
  readonly clock: Clock;
  readonly caller: string;
  readonly telemetry: Telemetry;
  readonly onAppended: (result: AppendResult) => void;
}

interface DispatchCall {
  readonly signal: AbortSignal;
  readonly span: { failed(error: unknown): void };
}

interface Sent {
  readonly event: StoredEvent;
  /** Index in the batch. */
  readonly at: number;
}

/**
 * Executes the commands that were sent to the log and notes what became of each in its own stream.
 *
 * A command is in one of these states, by what its stream and the store's append keys hold:
 * - sent: it is executed under its id. What it records and the key of its id are one commit, so that it takes effect once, however often
 *   and by however many processes it is begun. A refusal is written under the same key: a command that was refused never takes effect.
 * - effective, the outcome not noted: the same call finds the key and answers the first result, and the outcome is noted.
 * - settled: the outcome is the second event of its stream; whoever comes later meets a conflict there, which is fine.
 *
 * Each command is a stream of its own, so those of a batch run side by side. One that fails for a reason that may pass is tried again as the
 * policy says, and then its stream is parked; the others of its batch are settled by then and are not begun again. A command that this
 * program cannot read waits so too, for one that can.
 *
 * Cost: of a command that of executing it with an id, and 1 Commit; of a batch 1 Commit.
 */
export class CommandDispatcher implements EventHandler {
  private readonly recorder: OutcomeRecorder;
  /** Settled commands of batches that were not committed, by shard. */
  private readonly settled = new Map<number, ReadonlySet<string>>();

  constructor(private readonly options: CommandDispatcherOptions) {
    this.recorder = new OutcomeRecorder(options);
  }

  passes({ type }: StoredEvent): boolean {
    return type !== COMMAND_SENT;
  }

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const { store, sideBySide, caller, telemetry } = this.options;
    const { consumer } = batch.advance;
    const done = new Set(this.settled.get(batch.shard));
    const sent = batch.events.flatMap((event, at): Sent[] =>
      event.type === COMMAND_SENT && !done.has(event.eventId) ? [{ event, at }] : [],
    );
    const failures: EventFailure[] = [];
    await inParallel(sent, sideBySide, async ({ event, at }) => {
      if (batch.signal.aborted) return;
      try {
        await telemetry.tracing.handling({ consumer, event }, (span) => this.dispatch(event, { signal: batch.signal, span }));
        done.add(event.eventId);
      } catch (error) {
        failures.push({ at, error });
      }
    });
    this.settled.set(batch.shard, done);
    throwIfAborted(batch.signal);
    const [first] = failures.toSorted((a, b) => a.at - b.at);
    if (first !== undefined) return first;
    await commitAdvance(store, batch, caller);
    this.settled.delete(batch.shard);
    return undefined;
  }

  private async dispatch(event: StoredEvent, { signal, span }: DispatchCall): Promise<void> {
    const sent = parseCommandSent(event);
    const { commands } = this.options;
    if (commands.find(sent.name) === undefined) return;
    checkSentVersion(sent);
    checkSentStream(event, sent);
    const command = commands.deserialize({ name: sent.name, data: JSON.stringify(sent.data) ?? '' });
    const following = followingMetadata(parseMetadata(event.metadata), event.eventId, { withProcess: true });
    const metadata = inTrace(following, this.options.telemetry.tracing.outgoing(event.metadata));
    await this.carryOut(command, { event, sent, metadata }, { signal, span });
  }

  private async carryOut(command: object, settled: SettledCommand, { signal, span }: DispatchCall): Promise<void> {
    const { execute, deadlineMs } = this.options;
    const { commandId } = settled.sent;
    let result: CommandResult;
    try {
      result = await execute(command, { commandId, metadata: settled.metadata, deadlineMs, signal });
    } catch (error) {
      if (signal.aborted || !isRefusal(error)) throw error;
      span.failed(error);
      return this.recorder.refused(settled, error);
    }
    return this.recorder.executed(settled, result.streams);
  }
}
