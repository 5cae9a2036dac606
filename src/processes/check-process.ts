import { EventspanError } from '../errors/eventspan-error.js';
import { checkPolicy } from '../subscriptions/handler-policy.js';
import type { ProcessDefinition } from './process-definition.js';

/** Shorter than other names: consumer, subscription and streams are named by it. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const MAX_VERSION = 2_147_483_647;

/** Throws `NAME_INVALID`; `what` names the owner in the message. */
export function assertProcessName(name: string, what: string): void {
  if (!NAME.test(name)) throw new EventspanError('NAME_INVALID', { value: name, what });
}

/** Throws `NAME_INVALID`, `PROCESS_INVALID` and, for a policy out of bounds, `OPTION_INVALID`; answers the definition. */
export function checkProcess(definition: ProcessDefinition): ProcessDefinition {
  const { name: process, events } = definition;
  assertProcessName(process, 'a process manager');
  const reason = reasonAgainst(definition);
  if (reason !== undefined) throw new EventspanError('PROCESS_INVALID', { process, reason });
  definition.writeState(definition.initial());
  checkPolicy(`process manager ${process}`, definition);
  for (const event of events) checkPolicy(`process manager ${process}.on(${event.name})`, definition, definition.policyOf(event));
  return definition;
}

function reasonAgainst({ version, startsOn, onRefused, startFrom, correlate, onError }: ProcessDefinition): string | undefined {
  if (!Number.isSafeInteger(version) || version < 1 || version > MAX_VERSION) {
    return `its version is ${String(version)}, and it must be a whole number from 1 to ${MAX_VERSION}`;
  }
  if (startsOn.size === 0) return 'no message begins a process; mark a method with @StartsOn(EventClass)';
  if (typeof correlate !== 'function') return 'it has no correlate function, which finds the process of a message';
  for (const [name, value, allowed] of [
    ['onRefused', onRefused, ['compensate', 'park']],
    ['startFrom', startFrom, ['beginning', 'end']],
  ] as const) {
    if (!(allowed as readonly string[]).includes(value)) return `its ${name} is ${value}, and it must be ${allowed.join(' or ')}`;
  }
  return onError === 'skip' ? 'its onError is skip, and a process must not miss a message' : undefined;
}
