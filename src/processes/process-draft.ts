import type {
  CommandText,
  Compensation,
  OpenCommand,
  OpenTimer,
  ProcessRecord,
  ProcessStatus,
  WaitingMessage,
} from '../messages/framework/process-advanced.js';
import type { NextCommandId, SentCommand, Transition } from './transition.js';

/**
 * A process while one transition of it is planned; it becomes a {@link Transition} by {@link settle}, which does what follows from the rest:
 *
 * - compensating: of the steps that are not undone yet the newest is undone next, one at a time; while it is not known whether that one has taken
 *   effect, its outcome is waited for, so that the order is never another one. When none is left, the process is compensated.
 * - not running any more: its timers are taken back.
 * - completed or compensated: what is still open is nobody's business any more.
 */
export class ProcessDraft {
  status: ProcessStatus;
  state: unknown;
  stateVersion: number;
  reason: string | undefined;
  parked: ProcessRecord['parked'];
  commands: readonly OpenCommand[];
  refused: readonly OpenCommand[];
  stack: readonly Compensation[];
  steps: number;
  timers: readonly OpenTimer[];
  waiting: readonly WaitingMessage[];
  readonly scheduled: string[] = [];
  private readonly sent: SentCommand[] = [];
  private readonly cancelled: OpenTimer[] = [];

  constructor(
    private readonly record: ProcessRecord,
    private readonly nextId: NextCommandId,
  ) {
    this.status = record.status;
    this.state = record.state;
    this.stateVersion = record.stateVersion;
    this.reason = record.reason;
    this.parked = record.parked;
    this.commands = record.commands;
    this.refused = record.refused;
    this.stack = record.stack;
    this.steps = record.steps;
    this.timers = record.timers;
    this.waiting = record.waiting;
  }

  /** Sends a command of the process itself. */
  send(command: Omit<OpenCommand, 'step'>): void {
    this.commands = [...this.commands, command.undo === undefined ? command : { ...command, step: ++this.steps }];
    this.sent.push({ commandId: command.commandId, command: command.command });
  }

  /** Sends what was refused once more. */
  sendAgain({ command, undo }: OpenCommand): void {
    this.send({ commandId: this.nextId(), command, ...(undo !== undefined && { undo }) });
  }

  /** An effect took place that this command undoes. Without `step` it is the newest. */
  push(command: CommandText, step = ++this.steps): void {
    const entry: Compensation = { step, command, state: 'ready', attempts: 0 };
    this.stack = [...this.stack, entry].toSorted((a, b) => a.step - b.step);
  }

  /** Sends an entry of the stack, for the first time or once more. */
  compensateStep(entry: Compensation): void {
    const commandId = this.nextId();
    this.replace({ ...entry, state: 'sent', attempts: entry.attempts + 1, commandId });
    this.sent.push({ commandId, command: entry.command, compensates: entry.step });
  }

  replace(entry: Compensation): void {
    this.stack = this.stack.map((each) => (each.step === entry.step ? entry : each));
  }

  /** A timer of the same name is taken back. */
  schedule(timer: OpenTimer): void {
    this.cancel(timer.name);
    this.timers = [...this.timers, timer];
    this.scheduled.push(timer.name);
  }

  cancel(name: string): void {
    this.cancelled.push(...this.timers.filter((timer) => timer.name === name));
    this.timers = this.timers.filter((timer) => timer.name !== name);
  }

  beginCompensation(reason: string): void {
    this.status = 'compensating';
    this.reason = reason;
  }

  park(from: 'running' | 'compensating', reason: string): void {
    this.status = 'parked';
    this.parked = { from, reason };
  }

  unpark(status: 'running' | 'compensating'): void {
    this.status = status;
    this.parked = undefined;
    this.refused = [];
    this.waiting = [];
  }

  settle(): Transition {
    if (this.status === 'compensating') this.compensateNext();
    if (!this.mayRunOn) for (const { name } of this.timers) this.cancel(name);
    const isOver = this.status === 'completed' || this.status === 'compensated';
    const { reason, parked, status, state, stateVersion, stack, steps, timers } = this;
    const record: ProcessRecord = {
      status,
      ...(parked !== undefined && { parked }),
      ...(reason !== undefined && { reason }),
      startedAt: this.record.startedAt,
      stateVersion,
      state,
      commands: isOver ? [] : this.commands,
      refused: this.refused,
      stack,
      steps,
      timers,
      waiting: this.waiting,
    };
    const { sent, scheduled, cancelled } = this;
    return { from: this.record.status, record, sent, scheduled, cancelled };
  }

  private get mayRunOn(): boolean {
    return this.status === 'running' || (this.status === 'parked' && this.parked?.from === 'running');
  }

  private compensateNext(): void {
    if (this.stack.some(({ state }) => state === 'sent')) return;
    const next = this.stack.findLast(({ state }) => state === 'ready');
    const unknown = Math.max(0, ...this.commands.map(({ step = 0 }) => step));
    if (next !== undefined && next.step > unknown) this.compensateStep(next);
    else if (next === undefined && unknown === 0) this.status = 'compensated';
  }
}
