import type { Position } from '../event-store/position.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { EnqueueOptions, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { AfterCommit } from '../projections/inline/after-commit.js';
import type { View } from '../projections/projector-definition.js';

/**
 * The second argument of a consumer's `@On` method. All that is done by it to rows, and all that is sent by it, is committed together with how far
 * the consumer is: once for each event. Only for the time of the handler; afterwards its methods throw `VIEW_CLOSED`.
 */
export interface ConsumerContext {
  /** Rows of the declared tables, as a projector's. */
  readonly view: View;
  /** The event's id. */
  readonly messageId: string;
  /**
   * The same with every try of the event by this consumer, and no other's: give it to other systems, so that they do what they are asked for once.
   * An effect elsewhere takes place at least once.
   */
  readonly idempotencyKey: string;
  readonly streamId: string;
  readonly version: number;
  readonly shard: number;
  readonly position: Position;
  /** When the store committed the event. */
  readonly time: Date;
  readonly metadata: EventMetadata;
  /** 1, and 1 more for each time that the event has failed. */
  readonly attempt: number;
  /** The event's stream had been parked, and an operator lets it go on. */
  readonly isRedrive: boolean;
  /** Fires when the event is given up: the handler has taken too long, or the process stops. */
  readonly signal: AbortSignal;
  /** Sends a command, which is executed once by whichever service on the log takes it. Answers its id. Throws as `Outgoing.command`. */
  readonly send: (command: object) => string;
  /** Sets a timer: the message (an `@Event`) is appended to the log when it is due. Throws as `Outgoing.timer`. */
  readonly schedule: (message: object, due: TimerDue) => TimerReference;
  /** Gives a timer up. Nothing happens where it has fired already. */
  readonly cancel: (timer: TimerReference) => void;
  /** Enqueues a task for one worker of its queue. Answers its id. Throws as `Outgoing.task`. */
  readonly enqueue: (task: object, options?: EnqueueOptions) => string;
  /** Runs the callback once the commit has surely succeeded; at most once: it is lost when the process ends in between. */
  readonly afterCommit: (effect: AfterCommit) => void;
}
