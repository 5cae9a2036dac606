import type { Position } from '../event-store/position.js';
import type { Constructor } from '../messages/constructor.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { TimerDue } from '../messaging/outgoing.js';

/** The event of the log that a process handles. */
export interface ProcessMessage {
  readonly eventId: string;
  readonly type: string;
  readonly streamId: string;
  readonly version: number;
  readonly position: Position;
}

export interface ProcessSendOptions {
  /** The command that undoes this one. It counts once this one has been executed, and not before. */
  readonly compensateWith?: object;
}

/** When a message is to come, and what it is called for {@link ProcessContext.cancelTimer}: by default as its event. */
export type ScheduleOptions = TimerDue & { readonly name?: string };

/**
 * What a handler of a process manager is told and may do. All that it does is committed together with the state, or nothing of it. Only for
 * the time of the handler: afterwards its functions throw `PROCESS_DECISION_INVALID`.
 */
export interface ProcessContext<S = unknown> {
  readonly processId: string;
  /** Where the transitions of the process are: `<name>-<process id>`. */
  readonly streamId: string;
  /** Transitions that it has behind it, 0 at the start. */
  readonly version: number;
  /** The message begins the process. */
  readonly isStart: boolean;
  readonly message: ProcessMessage;
  /** Of the message. */
  readonly metadata: EventMetadata;
  /** When the message was committed. */
  readonly time: Date;
  /** The state before the message; in a class, `this`. */
  readonly state: S;
  /** Sends a command, executed once by whichever service on the log handles it. Throws as `Outgoing.command`. */
  readonly send: (command: object, options?: ProcessSendOptions) => void;
  /** Says that an effect has taken place, which this command undoes. Throws as `Outgoing.command`. */
  readonly compensateWith: (command: object) => void;
  /**
   * Has a message (an `@Event` that the process manager takes) come to this process when it is due; answers the timer's name. A timer of the same
   * name is taken back. When the process does not run any more, its timers are taken back. Throws as `Outgoing.timer`, and
   * `PROCESS_DECISION_INVALID` for a message that no handler takes.
   */
  readonly schedule: (message: object, options: ScheduleOptions) => string;
  /** Takes a timer back, by its name or the class of its message. Nothing happens where there is none, or where it has fired. */
  readonly cancelTimer: (timer: string | Constructor) => void;
  /** The process is done: what comes for it later changes nothing. */
  readonly complete: () => void;
  /** Undoes what took effect, newest step first, one after another; while it is not known whether a step has, its outcome is waited for. */
  readonly compensate: (reason: string) => void;
}

/** What a handler for refusals is told of a command that was refused. */
export interface CommandRefusal {
  readonly commandId: string;
  /** Of the command. */
  readonly name: string;
  /** Of the error, if it has one. */
  readonly code?: string;
  readonly message: string;
}
