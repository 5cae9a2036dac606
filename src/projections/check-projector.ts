import { EventspanError } from '../errors/eventspan-error.js';
import { checkPolicy } from '../subscriptions/handler-policy.js';
import { maxTableNameLength } from './generation.js';
import type { ProjectorDefinition } from './projector-definition.js';

/** Shorter than other names: consumer and subscription names are made of it. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const MAX_VERSION = 2_147_483_647;

/** Throws `NAME_INVALID`; `what` names the owner in the message. */
export function assertProjectorName(name: string, what: string): void {
  if (!NAME.test(name)) throw new EventspanError('NAME_INVALID', { value: name, what });
}

/** Throws `NAME_INVALID`, `PROJECTOR_INVALID`, `TABLE_NAME_TOO_LONG` and, for a policy out of bounds, `OPTION_INVALID`; answers the definition. */
export function checkProjector(definition: ProjectorDefinition): ProjectorDefinition {
  assertProjectorName(definition.name, 'a projector');
  const reason = reasonAgainst(definition) ?? reasonAgainstOrder(definition) ?? reasonAgainstLifecycle(definition);
  if (reason !== undefined) throw new EventspanError('PROJECTOR_INVALID', { projector: definition.name, reason });
  checkTableNames(definition);
  checkPolicies(definition);
  return definition;
}

function checkPolicies(definition: ProjectorDefinition): void {
  checkPolicy(`projector ${definition.name}`, definition);
  for (const event of definition.events) {
    checkPolicy(`projector ${definition.name}.on(${event.name})`, definition, definition.policyOf?.(event));
  }
}

/** The version and the run of a rebuild are written behind a table's name. */
function checkTableNames({ name: projector, version, tables }: ProjectorDefinition): void {
  const max = maxTableNameLength(version);
  const table = tables.map(({ name }) => name).find(({ length }) => length > max);
  if (table === undefined) return;
  throw new EventspanError('TABLE_NAME_TOO_LONG', { table, projector, version, length: table.length, max });
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

function reasonAgainstOrder({ order = 'stream', unknownEvents = 'pass', lifecycle }: ProjectorDefinition): string | undefined {
  if (order !== 'stream' && order !== 'global') return `its order is ${String(order)}, and it must be stream or global`;
  if (order === 'global' && lifecycle === 'inline') return "it is inline, and then its order must be 'stream'";
  if (unknownEvents === 'pass' || unknownEvents === 'fail') return undefined;
  return `its unknownEvents is ${String(unknownEvents)}, and it must be pass or fail`;
}

/** What is written with the events is fenced by their stream's version, and by nothing else. */
function reasonAgainstLifecycle({ lifecycle = 'async', rows, tables }: ProjectorDefinition): string | undefined {
  if (lifecycle !== 'async' && lifecycle !== 'inline') return `its lifecycle is ${String(lifecycle)}, and it must be async or inline`;
  if (lifecycle === 'async') return undefined;
  if (rows !== 'stream') return `it is inline, and then its rows must be 'stream'`;
  const counters = tables.find(({ kind }) => kind === 'counters');
  return counters === undefined ? undefined : `it is inline, and ${counters.name} is a table of counters, which several streams share`;
}
