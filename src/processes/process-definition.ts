import type { Constructor } from '../messages/constructor.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { CommandRefusal, ProcessContext } from './process-context.js';

/** Where a message comes from, for finding its process. */
export interface CorrelationSource {
  readonly streamId: string;
  readonly metadata: EventMetadata;
}

/** The id of the process that a message is for; undefined for a message that is for none. Pure. */
export type Correlate = (message: never, source: CorrelationSource) => string | undefined;

/** What is said of a process manager besides its handlers; with what is to be done about a message that it cannot handle. */
export interface ProcessOptions extends HandlerPolicy {
  /**
   * The id of the process that a message is for, 1 to 150 characters; undefined: none. An id is used once: a process that has ended does not
   * begin again. Timers come to the process that set them, without it.
   */
  readonly correlate: Correlate;
  /** Of its state, from 1, default 1. */
  readonly version?: number;
  /**
   * Turns the state of an earlier version, a JSON value, into one of this version. Without it, states of earlier versions are refused with
   * `PROCESS_STATE_UNREADABLE`. A field that is only new needs no new version: it has its initialiser's value.
   */
  readonly upcastState?: (state: never, fromVersion: number) => unknown;
  /**
   * Where it begins at its very first start: with the first event of the log (default), or with what is committed from then on, so that a process
   * manager that is added to an old log begins no process for what was long done.
   */
  readonly startFrom?: 'beginning' | 'end';
  /** What a refused command leads to where no handler is there for it. Default `compensate`. */
  readonly onRefused?: 'compensate' | 'park';
}

/** How a message is handled; what it answers is the new state. */
export type ProcessStep = (message: object, context: ProcessContext) => unknown;

/** A process manager as the framework runs it. */
export interface ProcessDefinition extends HandlerPolicy {
  readonly kind: 'process-manager';
  readonly name: string;
  readonly version: number;
  readonly onRefused: 'compensate' | 'park';
  readonly startFrom: 'beginning' | 'end';
  readonly correlate: (message: object, source: CorrelationSource) => string | undefined;
  /** Events it takes; others of the log pass it by. */
  readonly events: readonly Constructor[];
  readonly startsOn: ReadonlyMap<Constructor, ProcessStep>;
  readonly on: ReadonlyMap<Constructor, ProcessStep>;
  /** By the wire name of the command. */
  readonly refused: ReadonlyMap<string, (refusal: CommandRefusal, context: ProcessContext) => unknown>;
  policyOf(event: Constructor): HandlerPolicy | undefined;
  /** The state before the first message. */
  initial(): object;
  /** JSON text. Throws `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
  writeState(state: object): string;
  /** Throws `PAYLOAD_UNREADABLE`, and what `upcastState` throws. */
  readState(state: unknown, fromVersion: number): object;
  /** Whether states of that earlier version can be read. */
  readonly canUpcast: boolean;
}
