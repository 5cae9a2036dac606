import { EventspanError } from '../errors/eventspan-error.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { Constructor } from '../messages/constructor.js';
import { describeEventClass } from '../messages/event.decorator.js';
import type { CommandText, OpenTimer } from '../messages/framework/process-advanced.js';
import { parseCommandSent } from '../messages/framework/command-events.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { Effects, Origin, Outgoing } from '../messaging/outgoing.js';
import { messageClassOf, messageLabel } from '../model/message-class.js';
import type { ProcessDecision } from './plan-message.js';
import type { ProcessContext, ProcessMessage, ScheduleOptions, ProcessSendOptions } from './process-context.js';
import type { ProcessDefinition } from './process-definition.js';

/** What a handler is called with. */
export interface RecordingParts {
  readonly definition: ProcessDefinition;
  readonly outgoing: Pick<Outgoing, 'command' | 'timer'>;
  /** Of what it sends; the ordinals are counted by `nextOrdinal`. */
  readonly origin: Omit<Origin, 'ordinal'>;
  readonly nextOrdinal: () => number;
  readonly event: StoredEvent;
  readonly metadata: EventMetadata;
  readonly processId: string;
  readonly streamId: string;
  readonly version: number;
  readonly isStart: boolean;
  readonly state: object;
}

/** Notes what a handler decides. Its methods are bound, so that they can be taken out of it. */
export class RecordingContext implements ProcessContext<object> {
  readonly writes: Effects['writes'][number][] = [];
  readonly changes: Effects['changes'][number][] = [];
  private readonly steps: ProcessDecision['steps'][number][] = [];
  private readonly timers: ProcessDecision['timers'][number][] = [];
  private end: ProcessDecision['end'];
  private isOpen = true;

  constructor(private readonly parts: RecordingParts) {}

  get processId(): string {
    return this.parts.processId;
  }

  get streamId(): string {
    return this.parts.streamId;
  }

  get version(): number {
    return this.parts.version;
  }

  get isStart(): boolean {
    return this.parts.isStart;
  }

  get state(): object {
    return this.parts.state;
  }

  get metadata(): EventMetadata {
    return this.parts.metadata;
  }

  get message(): ProcessMessage {
    const { eventId, type, streamId, version, position } = this.parts.event;
    return { eventId, type, streamId, version, position };
  }

  get time(): Date {
    return new Date(commitTimeOf(this.parts.event));
  }

  readonly send = (command: object, { compensateWith }: ProcessSendOptions = {}): void => {
    this.checkOpen('send');
    const sent = this.parts.outgoing.command(command, this.nextOrigin());
    this.writes.push(...sent.writes);
    this.changes.push(...sent.changes);
    const undo = compensateWith && this.textOf(compensateWith);
    const [write] = sent.writes;
    this.steps.push({ send: { commandId: sent.commandId, command: commandTextOf(write), ...(undo !== undefined && { undo }) } });
  };

  readonly compensateWith = (command: object): void => {
    this.checkOpen('compensateWith');
    this.steps.push({ undo: this.textOf(command) });
  };

  readonly schedule = (message: object, { name, ...due }: ScheduleOptions): string => {
    this.checkOpen('schedule');
    const type = messageClassOf(message);
    if (type === undefined || !this.parts.definition.on.has(type)) {
      throw this.invalid(`it schedules ${messageLabel(message)}, which no method with @On takes`);
    }
    const timer = this.parts.outgoing.timer(message, due, this.nextOrigin());
    this.writes.push(...timer.writes);
    this.changes.push(...timer.changes);
    const set: OpenTimer = { name: name ?? describeEventClass(type).name, timerId: timer.timerId, dueAt: timer.dueAt.toISOString() };
    this.timers.push({ set });
    return set.name;
  };

  readonly cancelTimer = (timer: string | Constructor): void => {
    this.checkOpen('cancelTimer');
    this.timers.push({ cancel: typeof timer === 'string' ? timer : describeEventClass(timer).name });
  };

  readonly complete = (): void => {
    this.checkOpen('complete');
    this.endWith({ kind: 'complete' });
  };

  readonly compensate = (reason: string): void => {
    this.checkOpen('compensate');
    if (typeof reason !== 'string' || reason.trim() === '') throw this.invalid('it compensates without a reason');
    this.endWith({ kind: 'compensate', reason });
  };

  /** Nothing more is taken. */
  close(): void {
    this.isOpen = false;
  }

  /** Closes it. */
  decision(state: unknown): ProcessDecision {
    this.close();
    const { steps, timers, end } = this;
    return { state, stateVersion: this.parts.definition.version, steps, timers, ...(end !== undefined && { end }) };
  }

  private endWith(end: NonNullable<ProcessDecision['end']>): void {
    if (this.end !== undefined && this.end.kind !== end.kind) throw this.invalid('it both completes and compensates');
    this.end ??= end;
  }

  /** A command that may be sent later is checked now. */
  private textOf(command: object): CommandText {
    return commandTextOf(this.parts.outgoing.command(command, this.nextOrigin()).writes[0]);
  }

  private nextOrigin(): Origin {
    return { ...this.parts.origin, ordinal: this.parts.nextOrdinal() };
  }

  private checkOpen(operation: string): void {
    if (!this.isOpen) throw this.invalid(`it calls ${operation} after it has ended; await everything it starts`);
  }

  private invalid(reason: string): EventspanError {
    const { definition, event } = this.parts;
    return new EventspanError('PROCESS_DECISION_INVALID', { process: definition.name, type: event.type, reason });
  }
}

function commandTextOf(write: Effects['writes'][number] | undefined): CommandText {
  const { name, data } = parseCommandSent(write?.events[0] ?? { data: '' });
  return { name, data };
}
