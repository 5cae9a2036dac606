import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { CommandDescription } from '../messages/command-description.js';
import { describeCommandClass } from '../messages/command.decorator.js';
import type { Constructor } from '../messages/constructor.js';

/** The description of a command that aggregates take. Throws `COMMAND_TARGET_UNKNOWN`; `place` names the handler. */
export function targetedCommand(type: Constructor, place: string): CommandDescription {
  const description = describe(type, place);
  if (description.aggregateId === undefined) {
    throw new EventspanError('COMMAND_TARGET_UNKNOWN', { place, command: type.name, reason: 'names no aggregateId' });
  }
  return description;
}

function describe(type: Constructor, place: string): CommandDescription {
  try {
    return describeCommandClass(type);
  } catch (cause) {
    if (!isEventspanError(cause, 'CLASS_NOT_DECORATED')) throw cause;
    throw new EventspanError('COMMAND_TARGET_UNKNOWN', { place, command: type.name, reason: 'has no @Command' }, { cause });
  }
}
