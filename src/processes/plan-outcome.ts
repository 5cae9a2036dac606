import type { Compensation, OpenCommand, ProcessRecord } from '../messages/framework/process-advanced.js';
import { decide, type ProcessDecision } from './plan-message.js';
import { ProcessDraft } from './process-draft.js';
import type { NextCommandId, Transition } from './transition.js';

/** What became of a command. */
export type CommandOutcome =
  | { readonly kind: 'executed'; readonly commandId: string }
  | { readonly kind: 'refused'; readonly commandId: string; readonly reason: string };

/** What a refusal of a step leads to while the process runs: what its handler decided, or the policy of the process manager. */
export type RefusalAnswer = { readonly decision: ProcessDecision } | { readonly policy: 'compensate' | 'park' };

/** Whom the process awaits an outcome of; undefined for one that it does not: late, doubled, or not its own. */
export function awaitedBy(
  record: ProcessRecord,
  commandId: string,
): { readonly step: OpenCommand } | { readonly entry: Compensation } | undefined {
  const step = record.commands.find((command) => command.commandId === commandId);
  if (step !== undefined) return { step };
  const entry = record.stack.find((each) => each.state === 'sent' && each.commandId === commandId);
  return entry && { entry };
}

/** Pure. The outcome of a command that the process awaits; undefined where it awaits none, and then nothing is to be done. */
export function planOutcome(
  record: ProcessRecord,
  outcome: CommandOutcome,
  { answer, nextId }: { readonly answer: RefusalAnswer; readonly nextId: NextCommandId },
): Transition | undefined {
  const awaited = awaitedBy(record, outcome.commandId);
  if (awaited === undefined) return undefined;
  const draft = new ProcessDraft(record, nextId);
  if ('entry' in awaited) compensated(draft, awaited.entry, outcome);
  else {
    draft.commands = record.commands.filter((command) => command !== awaited.step);
    if (outcome.kind === 'executed') executed(draft, awaited.step);
    else if (record.status === 'running') refused(draft, awaited.step, { ...outcome, answer });
  }
  return draft.settle();
}

/** Only now it is known that there is something to undo; a process that is compensating already has waited for it. */
function executed(draft: ProcessDraft, { undo, step }: OpenCommand): void {
  if (undo !== undefined) draft.push(undo, step);
}

function refused(
  draft: ProcessDraft,
  step: OpenCommand,
  { answer, reason }: { readonly answer: RefusalAnswer; readonly reason: string },
): void {
  if ('decision' in answer) return decide(draft, answer.decision);
  const said = `${step.command.name} was refused: ${reason}`;
  if (answer.policy === 'compensate') return draft.beginCompensation(said);
  draft.refused = [...draft.refused, step];
  draft.park('running', said);
}

function compensated(draft: ProcessDraft, entry: Compensation, outcome: CommandOutcome): void {
  if (outcome.kind === 'executed') return draft.replace({ ...entry, state: 'done' });
  draft.replace({ ...entry, state: 'refused' });
  draft.park('compensating', `the compensation ${entry.command.name} was refused: ${outcome.reason}`);
}
