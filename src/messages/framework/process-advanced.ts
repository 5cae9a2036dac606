import { DEFAULT_PAYLOAD_LIMITS } from '../payload-limits.js';
import { parseObject, unreadable, type PayloadOwner } from '../payload/payload-text.js';

/** Says of a process what it has handled and what it is now; the last one of a process's stream is its state. */
export const PROCESS_ADVANCED = 'eventspan.process-advanced';

/**
 * `running`: it takes messages. `completed`: done, for good. `compensating`: its steps are being undone. `compensated`: they are, for good.
 * `parked`: a command was refused, and an operator has to say how to go on.
 */
export type ProcessStatus = 'running' | 'completed' | 'compensating' | 'compensated' | 'parked';

/** A command as it is sent, now or later. */
export interface CommandText {
  /** The wire name. */
  readonly name: string;
  /** The payload, a JSON value. */
  readonly data: unknown;
}

/** A command that was sent and whose outcome has not come yet. */
export interface OpenCommand {
  readonly commandId: string;
  readonly command: CommandText;
  /** What undoes it once it has been executed, and its place among the steps that may have to be undone. */
  readonly undo?: CommandText;
  readonly step?: number;
}

/** An entry of the compensation stack. */
export interface Compensation {
  /** Its place among all steps that could have to be undone, from 1, in the order in which they were begun. */
  readonly step: number;
  readonly command: CommandText;
  /** `ready`: to be sent when it is its turn. `sent`: its outcome is awaited. */
  readonly state: 'ready' | 'sent' | 'done' | 'refused' | 'skipped';
  /** How often it was sent. */
  readonly attempts: number;
  /** Of the last time it was sent. */
  readonly commandId?: string;
}

/** A timer that has not fired, by the name under which it can be cancelled. */
export interface OpenTimer {
  readonly name: string;
  readonly timerId: string;
  /** RFC 3339, UTC. */
  readonly dueAt: string;
}

/** An event of the log that waits until the process takes messages again. */
export interface WaitingMessage {
  readonly streamId: string;
  readonly version: number;
}

/** Everything that a process is. */
export interface ProcessRecord {
  readonly status: ProcessStatus;
  /** While it is parked: why, and where it goes on. */
  readonly parked?: { readonly from: 'running' | 'compensating'; readonly reason: string };
  /** Why it is, or was, compensated. */
  readonly reason?: string;
  /** RFC 3339, UTC: when its first message was committed. */
  readonly startedAt: string;
  /** Of the process manager's code, as its author counts it. */
  readonly stateVersion: number;
  readonly state: unknown;
  /** In the order in which they were sent. */
  readonly commands: readonly OpenCommand[];
  /** The commands whose refusal parked it while it was running. */
  readonly refused: readonly OpenCommand[];
  /** By step. */
  readonly stack: readonly Compensation[];
  /** Steps begun so far. */
  readonly steps: number;
  readonly timers: readonly OpenTimer[];
  readonly waiting: readonly WaitingMessage[];
}

/** The payload of {@link PROCESS_ADVANCED}. */
export interface ProcessAdvanced {
  readonly process: string;
  readonly processId: string;
  /** What was handled: an event of the log. */
  readonly message: { readonly eventId: string; readonly type: string; readonly streamId: string; readonly version: number };
  /** Absent at the start. */
  readonly from?: ProcessStatus;
  /** It is not handled yet, and waits. */
  readonly isDeferred?: true;
  /** What an operator asked for. */
  readonly request?: { readonly kind: string; readonly reason?: string };
  /** Commands that went out with it. */
  readonly sent: readonly { readonly commandId: string; readonly name: string; readonly compensates?: number }[];
  /** Names of timers that were set with it, and of those taken back. */
  readonly scheduled: readonly string[];
  readonly cancelled: readonly string[];
  /** What the process is after it. */
  readonly record: ProcessRecord;
}

const OWNER: PayloadOwner = { label: PROCESS_ADVANCED, part: 'payload', limits: DEFAULT_PAYLOAD_LIMITS };

/** Throws `PAYLOAD_UNREADABLE`. */
export function parseProcessAdvanced({ data }: { readonly data: string }): ProcessAdvanced {
  const advanced = parseObject(data, OWNER) as Partial<ProcessAdvanced>;
  if (typeof advanced.record?.status !== 'string') throw unreadable(OWNER, { path: '.record.status', reason: 'it is not a string' });
  return advanced as ProcessAdvanced;
}
