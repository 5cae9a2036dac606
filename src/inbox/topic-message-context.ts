import type { MessageMetadata } from '../messaging/incoming-message.js';
import type { EnqueueOptions, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { AfterCommit } from '../projections/inline/after-commit.js';
import type { View } from '../projections/projector-definition.js';

/** The second argument of a handler of messages from a topic. */
export interface TopicMessageContext {
  /** Rows of the declared tables; committed with the inbox row of the message, once. */
  readonly view: View;
  /** The id that its sender gave it. */
  readonly messageId: string;
  /** Which system sent it; empty where it does not say. */
  readonly source: string;
  readonly type: string;
  /** What it is about, of an Eventspan message the stream id; empty where it does not say. */
  readonly subject: string;
  /** Of an Eventspan message: its place in its stream. */
  readonly streamVersion: number | undefined;
  /** When its sender says it happened. */
  readonly time: Date | undefined;
  readonly metadata: MessageMetadata;
  /** Which try of this process this is, from 1. */
  readonly attempt: number;
  /**
   * The same with every try and every repeat of the message, and no other's: give it to other systems, so that they do what they are asked
   * for once.
   */
  readonly idempotencyKey: string;
  /** Sends a command with the commit. Answers its id. Throws as `Outgoing.command`. */
  send(command: object): string;
  /** Sets a timer with the commit. Throws as `Outgoing.timer`. */
  schedule(message: object, due: TimerDue): TimerReference;
  /** Gives a timer up with the commit. */
  cancel(timer: TimerReference): void;
  /** Enqueues a task with the commit. Answers its id. Throws as `Outgoing.task`. */
  enqueue(task: object, options?: EnqueueOptions): string;
  /** Runs the callback once the message's batch is surely committed; at most once. What it throws is logged, and fails nothing. */
  readonly afterCommit: (effect: AfterCommit) => void;
}
