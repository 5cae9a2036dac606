import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { Position } from '../event-store/position.js';
import { followingMetadata } from '../messages/framework/following-metadata.js';
import type { EventMetadata } from '../messages/metadata.js';
import { parseMetadata } from '../messages/metadata-json.js';
import type { EnqueueOptions, Origin, Outgoing, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { AfterCommit } from '../projections/inline/after-commit.js';
import type { HandlerTask } from '../projections/projection-handler.js';
import type { View } from '../projections/projector-definition.js';
import type { TraceContext } from '../telemetry/trace-context.js';
import type { ConsumerContext } from './consumer-context.js';
import type { OutboxView } from './outbox-view.js';
import { inTrace } from '../telemetry/trace-context.js';

/** What the contexts of one consumer share. */
export interface EventContextParts {
  readonly consumer: string;
  readonly outgoing: Outgoing;
  /** Of the span that is open, if one is, else of the event: what is sent belongs to it. */
  readonly trace: (metadata: EventMetadata) => TraceContext;
}

const NOTHING = 'no table';

/** What a consumer's handler is told of its event; what it does not ask for is not worked out. */
export class EventContext implements ConsumerContext {
  private ordinal = 0;
  private readMetadata: EventMetadata | undefined = undefined;

  constructor(
    private readonly event: StoredEvent,
    private readonly task: HandlerTask,
    private readonly parts: EventContextParts,
  ) {}

  get view(): View {
    return this.task.view;
  }

  get messageId(): string {
    return this.event.eventId;
  }

  get idempotencyKey(): string {
    return `${this.parts.consumer}/${this.event.eventId}`;
  }

  get streamId(): string {
    return this.event.streamId;
  }

  get version(): number {
    return this.event.version;
  }

  get shard(): number {
    return this.event.shard;
  }

  get position(): Position {
    return this.event.position;
  }

  get time(): Date {
    return new Date(commitTimeOf(this.event));
  }

  get metadata(): EventMetadata {
    this.readMetadata ??= parseMetadata(this.event.metadata);
    return this.readMetadata;
  }

  get attempt(): number {
    const { batch } = this.task;
    const isFirst = batch?.events[0]?.eventId === this.event.eventId;
    return isFirst ? 1 + (batch?.failures ?? 0) : 1;
  }

  get isRedrive(): boolean {
    return this.task.batch?.isRedrive === true;
  }

  get signal(): AbortSignal {
    const { watch, batch } = this.task;
    return batch === undefined ? watch.signal : AbortSignal.any([watch.signal, batch.signal]);
  }

  readonly send = (command: object): string => this.outbox('send').add(this.parts.outgoing.command(command, this.origin())).commandId;

  readonly schedule = (message: object, due: TimerDue): TimerReference => {
    const { timerId, dueAt } = this.outbox('schedule').add(this.parts.outgoing.timer(message, due, this.origin()));
    return { timerId, dueAt };
  };

  readonly cancel = (timer: TimerReference): void => void this.outbox('cancel').add(this.parts.outgoing.cancelTimer(timer));

  readonly enqueue = (task: object, options: EnqueueOptions = {}): string =>
    this.outbox('enqueue').add(this.parts.outgoing.task(task, options, this.origin())).taskId;

  readonly afterCommit = (effect: AfterCommit): void => this.task.afterCommit(effect);

  /** Throws `VIEW_CLOSED`. */
  private outbox(operation: string): OutboxView {
    this.task.view.checkOpen(operation, NOTHING);
    return this.task.view as OutboxView;
  }

  private origin(): Origin {
    const { metadata, event } = this;
    return {
      id: this.idempotencyKey,
      ordinal: this.ordinal++,
      metadata: inTrace(followingMetadata(metadata, event.eventId), this.parts.trace(metadata)),
    };
  }
}
