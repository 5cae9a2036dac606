import type { CommandText, OpenCommand, OpenTimer, ProcessRecord, WaitingMessage } from '../messages/framework/process-advanced.js';
import { ProcessDraft } from './process-draft.js';
import type { NextCommandId, Transition } from './transition.js';

/** What a handler decided. */
export interface ProcessDecision {
  /** The state after it, a JSON value. */
  readonly state: unknown;
  readonly stateVersion: number;
  /** Commands that it sends, and effects that have taken place, by what undoes them. In the order of the calls. */
  readonly steps: readonly ({ readonly send: Omit<OpenCommand, 'step'> } | { readonly undo: CommandText })[];
  /** In the order of the calls. */
  readonly timers: readonly ({ readonly set: OpenTimer } | { readonly cancel: string })[];
  readonly end?: { readonly kind: 'complete' } | { readonly kind: 'compensate'; readonly reason: string };
}

/** A process before its first message. */
export type NewProcess = Pick<ProcessRecord, 'startedAt' | 'stateVersion' | 'state'>;

/** A process that has not done anything. */
export function emptyRecord(start: NewProcess): ProcessRecord {
  return { status: 'running', ...start, commands: [], refused: [], stack: [], steps: 0, timers: [], waiting: [] };
}

/** Where a handler's decision is of a message that no timer brought, or of a process that begins. */
export interface MessageTurn {
  readonly decision: ProcessDecision;
  /** The timer that brought the message: it is open no more. */
  readonly firedTimer?: string;
  readonly isStart?: boolean;
}

/** Pure. A running process has handled a message. */
export function planMessage(record: ProcessRecord, turn: MessageTurn, nextId: NextCommandId): Transition {
  const { decision, firedTimer, isStart = false } = turn;
  const fired = record.timers.filter(({ timerId }) => timerId !== firedTimer);
  const draft = new ProcessDraft({ ...record, timers: fired }, nextId);
  decide(draft, decision);
  const { from, ...transition } = draft.settle();
  return isStart || from === undefined ? transition : { from, ...transition };
}

/** Applies a decision to a draft. */
export function decide(draft: ProcessDraft, { state, stateVersion, steps, timers, end }: ProcessDecision): void {
  draft.state = state;
  draft.stateVersion = stateVersion;
  for (const step of steps) {
    if ('send' in step) draft.send(step.send);
    else draft.push(step.undo);
  }
  for (const timer of timers) {
    if ('set' in timer) draft.schedule(timer.set);
    else draft.cancel(timer.cancel);
  }
  if (end?.kind === 'complete') draft.status = 'completed';
  if (end?.kind === 'compensate') draft.beginCompensation(end.reason);
}

/** Pure. A parked process keeps a message until it takes messages again. */
export function planDeferral(record: ProcessRecord, message: WaitingMessage): Transition {
  const waiting = [...record.waiting, message];
  return { from: record.status, record: { ...record, waiting }, sent: [], scheduled: [], cancelled: [], isDeferred: true };
}
