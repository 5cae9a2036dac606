import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';

/** What has to be in the commit of whoever sends a message, so that the message is sent exactly when the rest takes effect. */
export interface Effects {
  readonly writes: readonly StreamWrite[];
  readonly changes: readonly RowChange[];
}

/** What leads to an outgoing message. Ids are made of it, so that the same work done twice sends the same messages. */
export interface Origin {
  /** Unique for what is being handled: `<consumer>/<event id>`, `<process>/<id>/<version>`. */
  readonly id: string;
  /** 0, 1, 2 ... of the messages that it sends. */
  readonly ordinal: number;
  /** Correlation, cause, actor and trace of the new events; `causationId` is the id of what is being handled. */
  readonly metadata: CommonMetadata;
  /** The process that sends it, if one does; kept in the metadata as `processName` and `processId`. */
  readonly process?: { readonly name: string; readonly id: string };
}

/** When a timer is due: so many milliseconds from now, or at a time. */
export type TimerDue = { readonly in: number } | { readonly at: Date };

export interface EnqueueOptions {
  /** Milliseconds before which no worker gets it, 0..31,536,000,000 (a year), default 0. */
  readonly delayMs?: number;
  /** A second task of the queue with the same key is not enqueued, 1..200 characters. Default: every task is one of its own. */
  readonly dedupeKey?: string;
  /** Of the tasks that a worker has at hand the highest is done first, -100..100, default 0. */
  readonly priority?: number;
}

export interface OutgoingCommand extends Effects {
  readonly commandId: string;
}

export interface OutgoingTimer extends Effects {
  readonly timerId: string;
  readonly dueAt: Date;
}

export interface OutgoingTask extends Effects {
  readonly taskId: string;
}

/** Names a timer that may be cancelled. */
export type TimerReference = Pick<OutgoingTimer, 'timerId' | 'dueAt'>;

/** PORT. Turns messages that handlers send into what their commit must hold. Composed by the application. */
export interface Outgoing {
  /** A command that is executed once, by whichever service on the log handles it. Throws `COMMAND_UNROUTED`, and as the payload's codec. */
  command(command: object, origin: Origin): OutgoingCommand;
  /** A message (an `@Event`) that is appended to the log when it is due. Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID`, and as the payload's codec. */
  timer(message: object, due: TimerDue, origin: Origin): OutgoingTimer;
  /** Nothing happens where it has fired already. */
  cancelTimer(timer: TimerReference): Effects;
  /** A task for one worker of its queue. Throws `TASK_UNKNOWN`, `OPTION_INVALID`, and as the payload's codec. */
  task(task: object, options: EnqueueOptions, origin: Origin): OutgoingTask;
}
