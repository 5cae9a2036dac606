import type { OpenTimer, ProcessRecord, ProcessStatus, CommandText } from '../messages/framework/process-advanced.js';

/** A command that goes out with a transition. */
export interface SentCommand {
  readonly commandId: string;
  readonly command: CommandText;
  /** The entry of the compensation stack that it carries out. */
  readonly compensates?: number;
}

/** What one message makes of a process. All of it is committed together, or nothing. */
export interface Transition {
  /** Absent at the start. */
  readonly from?: ProcessStatus;
  readonly record: ProcessRecord;
  readonly sent: readonly SentCommand[];
  /** Names. */
  readonly scheduled: readonly string[];
  readonly cancelled: readonly OpenTimer[];
  readonly isDeferred?: true;
}

/** Gives a command id that no other command has; the same ones, in order, when the same work is done again. */
export type NextCommandId = () => string;
