import type { IncomingMessage, MessageMetadata } from '../messaging/incoming-message.js';
import type { EnqueueOptions, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { AfterCommit } from '../projections/inline/after-commit.js';
import type { View } from '../projections/projector-definition.js';
import type { ViewBuffer } from '../projections/view-buffer.js';
import type { HeldMessage } from './held-message.js';
import type { TopicMessageContext } from './topic-message-context.js';
import { MessageOrigin, type SentMessages } from './sent-messages.js';

/** What the contexts of one batch share. */
export interface BatchParts {
  readonly consumer: string;
  readonly view: ViewBuffer;
  readonly sent: SentMessages;
  readonly effects: AfterCommit[];
}

const NOTHING = 'no table';

/** What a handler is told of its message. Refuses everything with `VIEW_CLOSED` once the batch has ended. */
export class HandlerMessageContext implements TopicMessageContext {
  readonly idempotencyKey: string;
  private readonly incoming: IncomingMessage;
  private readonly origin: MessageOrigin;

  constructor(
    private readonly message: HeldMessage,
    private readonly batch: BatchParts,
  ) {
    this.incoming = message.incoming as IncomingMessage;
    this.idempotencyKey = `${batch.consumer}/${message.id}`;
    this.origin = new MessageOrigin(this.idempotencyKey, this.incoming, batch.sent.tracing);
  }

  get view(): View {
    return this.batch.view;
  }

  get messageId(): string {
    return this.incoming.id;
  }

  get source(): string {
    return this.incoming.source ?? '';
  }

  get type(): string {
    return this.incoming.type;
  }

  get subject(): string {
    return this.incoming.subject ?? '';
  }

  get streamVersion(): number | undefined {
    return this.incoming.streamVersion;
  }

  get time(): Date | undefined {
    return this.incoming.time;
  }

  get metadata(): MessageMetadata {
    return this.incoming.metadata;
  }

  get attempt(): number {
    return this.message.attempts + 1;
  }

  send(command: object): string {
    this.batch.view.checkOpen('send', NOTHING);
    return this.batch.sent.add(this.batch.sent.outgoing.command(command, this.origin.next())).commandId;
  }

  schedule(message: object, due: TimerDue): TimerReference {
    this.batch.view.checkOpen('schedule', NOTHING);
    const { timerId, dueAt } = this.batch.sent.add(this.batch.sent.outgoing.timer(message, due, this.origin.next()));
    return { timerId, dueAt };
  }

  cancel(timer: TimerReference): void {
    this.batch.view.checkOpen('cancel', NOTHING);
    this.batch.sent.add(this.batch.sent.outgoing.cancelTimer(timer));
  }

  enqueue(task: object, options: EnqueueOptions = {}): string {
    this.batch.view.checkOpen('enqueue', NOTHING);
    return this.batch.sent.add(this.batch.sent.outgoing.task(task, options, this.origin.next())).taskId;
  }

  readonly afterCommit = (effect: AfterCommit): void => {
    this.batch.view.checkOpen('afterCommit', NOTHING);
    this.batch.effects.push(effect);
  };
}
