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
  const from = record.parked?.from ?? (record.status === 'compensating' ? 'compensating' : 'running');
  if (isHeldUp(record)) draft.commands = record.commands.filter(({ step }) => step === undefined);
  if (record.parked !== undefined) draft.unpark(from);
  if (kind === 'compensate') draft.beginCompensation(reason);
  else if (from === 'running' && kind === 'resume') for (const command of record.refused) draft.sendAgain(command);
  else if (from === 'compensating') goOnUndoing(draft, kind);
  return draft.settle();
}

function goOnUndoing(draft: ProcessDraft, kind: 'resume' | 'skip'): void {
  for (const entry of draft.stack.filter(({ state }) => state === 'refused')) {
    if (kind === 'resume') draft.compensateStep(entry);
    else draft.replace({ ...entry, state: 'skipped' });
  }
}
