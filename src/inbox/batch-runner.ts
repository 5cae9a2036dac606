import { runInContext } from '../command-handling/message-context.js';
import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelBatch, RowChange } from '../event-store/read-models.js';
import type { CursorAdvance } from '../event-store/shard-cursors.js';
import type { Outgoing } from '../messaging/outgoing.js';
import { HandlerWatch } from '../projections/handler-watch.js';
import { runSideEffects } from '../projections/side-effects.js';
import { ViewBuffer } from '../projections/view-buffer.js';
import { ViewTables } from '../projections/view-tables.js';
import { mergePolicies, resolvePolicy, type HandlerPolicy } from '../subscriptions/handler-policy.js';
import { isAborted, throwIfAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { TracedEvent } from '../telemetry/traced-event.js';
import type { Tracing } from '../telemetry/tracing.js';
import { HandlerMessageContext, type BatchParts } from './handler-message-context.js';
import type { HeldMessage } from './held-message.js';
import type { MessageReader } from './read-message.js';
import { followingMessage, SentMessages } from './sent-messages.js';
import type { TopicConsumer } from './topic-consumer.js';

/** Why a batch was not committed. */
export interface BatchFault {
  readonly error: unknown;
  /** Index of the message at fault; absent where a read of rows or the commit failed. */
  readonly at?: number;
  /** The message cannot be read as its event. */
  readonly isUnreadable?: boolean;
}

export interface BatchRunnerOptions {
  readonly consumer: TopicConsumer;
  readonly reader: MessageReader;
  readonly store: EventStore;
  readonly outgoing: Outgoing;
  readonly onAppended: (result: AppendResult) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly caller: string;
  /** Aborted when the consumer gives up what is in hand. */
  readonly abandon: AbortSignal;
}

/** What is committed with what the handlers do. */
export interface BatchCompanions {
  readonly changes: readonly RowChange[];
  readonly advance?: CursorAdvance;
}

/** How much weight the newest batch has in the mean time of a handler. */
const WEIGHT = 0.2;
/** Milliseconds that the handlers of one batch should take at most. */
const BATCH_MS = 50;

/** Runs the handlers of messages one after another on one view, and commits what they did with what proves it. Safe to use concurrently. */
export class BatchRunner {
  private readonly tables: ViewTables;
  /** Milliseconds a message. */
  private meanMs = 0.5;
  sideEffectFailures = 0;

  constructor(private readonly options: BatchRunnerOptions) {
    this.tables = new ViewTables(options.consumer);
  }

  ensureTables(): Promise<void> {
    return this.options.store.readModels.ensureTables(this.tables.physical, { caller: this.options.caller });
  }

  /** Messages that one batch should have, so that quick handlers share commits and slow ones do not wait for each other. */
  get fittingSize(): number {
    return Math.max(1, Math.floor(BATCH_MS / this.meanMs));
  }

  /**
   * All or nothing. Answers what went wrong: a handler's failure, or an error of the store, `VIEW_ROW_EXISTS` where one of the changes says that
   * a message was dealt with. Throws only the reason of the abandonment.
   */
  run(messages: readonly HeldMessage[], companions: BatchCompanions): Promise<BatchFault | undefined> {
    return this.traced(messages, () => this.runBatch(messages, companions));
  }

  private traced(messages: readonly HeldMessage[], task: () => Promise<BatchFault | undefined>): Promise<BatchFault | undefined> {
    const { tracing, caller } = this.options;
    if (!tracing.isOn) return task();
    return tracing.handling({ consumer: caller, event: messages.flatMap(tracedMessage) }, async (span) => {
      const fault = await task();
      if (fault !== undefined) span.failed(fault.error);
      return fault;
    });
  }

  private async runBatch(messages: readonly HeldMessage[], companions: BatchCompanions): Promise<BatchFault | undefined> {
    const { store, consumer, caller, abandon } = this.options;
    try {
      const rows = await store.readModels.openBatch({ rows: consumer.rows, caller, signal: abandon });
      const parts = this.partsOf(rows);
      const fault = await this.attempt(messages, { rows, parts, companions });
      parts.batch.view.close();
      if (fault !== undefined) await rows.abandon().catch(() => undefined);
      else await this.runEffects(parts.batch);
      return fault;
    } catch (error) {
      throwIfAborted(abandon);
      return { error };
    }
  }

  private partsOf(rows: ReadModelBatch): Parts {
    const { consumer, outgoing, tracing, clock } = this.options;
    const watch = new HandlerWatch(consumer.name, clock);
    const source = { get: (...read: Parameters<ReadModelBatch['get']>) => watch.reading(rows.get(...read)) };
    const view = new ViewBuffer(consumer.name, this.tables, source);
    return { watch, batch: { consumer: consumer.name, view, sent: new SentMessages(outgoing, tracing), effects: [] } };
  }

  private async attempt(messages: readonly HeldMessage[], { rows, parts, companions }: Attempt): Promise<BatchFault | undefined> {
    const { abandon, clock } = this.options;
    const begun = clock.now();
    let unreadableAt: number | undefined;
    const work = this.runAll(messages, parts, (at) => (unreadableAt = at));
    const failure = await parts.watch.guard(work, abandon);
    this.meanMs += WEIGHT * ((clock.now() - begun) / messages.length - this.meanMs);
    if (failure !== undefined) return { ...failure, ...(unreadableAt === failure.at && { isUnreadable: true }) };
    parts.batch.view.close();
    await this.commit(rows, parts.batch, companions);
    return undefined;
  }

  private async runAll(
    messages: readonly HeldMessage[],
    { watch, batch }: Parts,
    onUnreadable: (at: number) => void,
  ): Promise<{ at: number; error: unknown } | undefined> {
    const { reader, tracing, caller } = this.options;
    // Of several messages each has a span of its own, beside the one of the batch, so that what its handler sends is in its trace.
    const isTraced = tracing.isOn && messages.length > 1;
    for (let at = 0; at < messages.length && !watch.isOver; at++) {
      const message = messages[at] as HeldMessage;
      let events: readonly object[];
      try {
        events = message.incoming === undefined ? [] : reader.events(message.incoming);
      } catch (error) {
        onUnreadable(at);
        return { at, error };
      }
      try {
        const handle = (): Promise<void> => this.handle(events, { at, message, watch, batch });
        await (isTraced ? tracing.handling({ consumer: caller, event: tracedMessage(message) }, handle) : handle());
      } catch (error) {
        if (batch.view.fault === undefined) return { at, error };
      }
      // A read that failed makes the whole batch void, whatever the handler made of it.
      if (batch.view.fault !== undefined) throw batch.view.fault.error;
    }
    return undefined;
  }

  private async handle(
    events: readonly object[],
    { at, message, watch, batch }: { at: number; message: HeldMessage; watch: HandlerWatch; batch: BatchParts },
  ): Promise<void> {
    const { consumer } = this.options;
    const context = new HandlerMessageContext(message, batch);
    // Commands that it executes, and whatever else looks at the context, belong to what the message belongs to.
    const following = message.incoming === undefined ? {} : followingMessage(message.incoming);
    for (const event of events) {
      if (watch.isOver) return;
      const running = runInContext(following, () => consumer.handle(event, context));
      if (!(running instanceof Promise)) continue;
      watch.begin(at, message.incoming?.type ?? '', this.policyOf(message).timeoutMs);
      try {
        await running;
      } finally {
        if (!watch.isOver) watch.end();
      }
    }
  }

  /** What is to be done about the message when it fails. */
  policyOf({ event }: HeldMessage): ReturnType<typeof resolvePolicy> {
    const { consumer } = this.options;
    const own: HandlerPolicy | undefined = event && consumer.policyOf?.(event);
    return resolvePolicy(mergePolicies(consumer, own));
  }

  private async commit(rows: ReadModelBatch, { view, sent }: BatchParts, { changes, advance }: BatchCompanions): Promise<void> {
    const { onAppended } = this.options;
    const all = [...changes, ...view.rowChanges(), ...sent.changes];
    if (sent.writes.length === 0) return rows.commit(all, advance);
    const request = { writes: sent.writes, changes: all, ...(advance && { advance }) };
    const result = await rows.append(request);
    if (!result.repeated) return onAppended(result);
    // What it sent is in the log already: after its inbox row has expired it came again.
    await this.commitAlone(changes, advance);
  }

  private async commitAlone(changes: readonly RowChange[], advance: CursorAdvance | undefined): Promise<void> {
    const { store, caller, abandon } = this.options;
    const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal: abandon });
    await batch.commit(changes, advance);
  }

  private async runEffects({ effects }: BatchParts): Promise<void> {
    if (effects.length === 0 || isAborted(this.options.abandon)) return;
    const { consumer, clock, logger } = this.options;
    const { timeoutMs } = resolvePolicy(consumer);
    this.sideEffectFailures += await runSideEffects(effects, { projector: consumer.name, clock, logger, timeoutMs });
  }
}

function tracedMessage({ incoming }: HeldMessage): TracedEvent[] {
  if (incoming === undefined) return [];
  const { id: eventId, type, subject: streamId = '', metadata } = incoming;
  return [{ eventId, type, streamId, metadata: JSON.stringify(metadata) }];
}

interface Parts {
  readonly watch: HandlerWatch;
  readonly batch: BatchParts;
}

interface Attempt {
  readonly rows: ReadModelBatch;
  readonly parts: Parts;
  readonly companions: BatchCompanions;
}
