import type { ProcessRecord } from '../messages/framework/process-advanced.js';
import type { ProcessRequestKind } from '../messages/framework/process-requested.js';
import { ProcessDraft } from './process-draft.js';
import type { NextCommandId, Transition } from './transition.js';

/** What an operator asked for. */
export interface ProcessRequest {
  readonly kind: ProcessRequestKind;
  readonly reason: string;
}

/** Whether the request can be carried out now. */
export function isPossible(kind: ProcessRequestKind, record: ProcessRecord): boolean {
  const { status, parked } = record;
  if (kind === 'resume') return status === 'parked';
  if (kind === 'skip') return status === 'parked' || isHeldUp(record);
  return status === 'running' || (status === 'parked' && parked?.from === 'running');
}

/** It is compensating, and only waits to hear whether a command has taken effect. */
function isHeldUp({ status, stack, commands }: ProcessRecord): boolean {
  return status === 'compensating' && !stack.some(({ state }) => state === 'sent') && commands.some(({ step }) => step !== undefined);
}

/**
 * Pure. Carries an operator's request out; undefined where it is out of place by now, and then nothing is to be done. Messages that waited are
 * not waiting any more: who asked has to handle them next.
 */
export function planRequest(record: ProcessRecord, { kind, reason }: ProcessRequest, nextId: NextCommandId): Transition | undefined {
  if (!isPossible(kind, record)) return undefined;
  const draft = new ProcessDraft(record, nextId);
  if (isHeldUp(record)) draft.commands = record.commands.filter(({ step }) => step === undefined);
  const { parked } = record;
  if (parked !== undefined) draft.unpark(parked.from);
  if (kind === 'compensate') draft.beginCompensation(reason);
  else if (kind === 'resume') sendRefused(draft, record);
  else skipRefused(draft);
  return draft.settle();
}

function sendRefused(draft: ProcessDraft, { refused, stack }: ProcessRecord): void {
  for (const command of refused) draft.sendAgain(command);
  for (const entry of stack.filter(({ state }) => state === 'refused')) draft.compensateStep(entry);
}

function skipRefused(draft: ProcessDraft): void {
  for (const entry of draft.stack.filter(({ state }) => state === 'refused')) draft.replace({ ...entry, state: 'skipped' });
}
