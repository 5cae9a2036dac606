import { EventspanError } from '../errors/eventspan-error.js';
import type { ProjectorDefinition } from './projector-definition.js';

/** Shorter than other names: consumer and subscription names are made of it. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const MAX_VERSION = 2_147_483_647;

/** Throws `NAME_INVALID`; `what` names the owner in the message. */
export function assertProjectorName(name: string, what: string): void {
  if (!NAME.test(name)) throw new EventspanError('NAME_INVALID', { value: name, what });
}

/** Throws `NAME_INVALID` and `PROJECTOR_INVALID`; answers the definition. */
export function checkProjector(definition: ProjectorDefinition): ProjectorDefinition {
  assertProjectorName(definition.name, 'a projector');
  const reason = reasonAgainst(definition);
  if (reason !== undefined) throw new EventspanError('PROJECTOR_INVALID', { projector: definition.name, reason });
  return definition;
}

function reasonAgainst({ version, rows, tables, events }: ProjectorDefinition): string | undefined {
  if (!Number.isSafeInteger(version) || version < 1 || version > MAX_VERSION) {
    return `its version is ${String(version)}, and it must be a whole number from 1 to ${MAX_VERSION}`;
  }
  if (rows !== 'shared' && rows !== 'stream') return `its rows are ${String(rows)}, and they must be shared or stream`;
  if (events.length === 0) return 'it takes no event; mark a method with @On(EventClass)';
  const eventTwice = events.find((event, at) => events.indexOf(event) < at);
  if (eventTwice !== undefined) return `it has two handlers for ${eventTwice.name}`;
  const names = tables.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) < at);
  return twice === undefined ? undefined : `it declares the table ${twice} twice`;
}
