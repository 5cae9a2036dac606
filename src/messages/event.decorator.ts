import { EventspanError } from '../errors/eventspan-error.js';
import { ClassNote } from './class-note.js';
import type { Constructor } from './constructor.js';
import type { EventDescription } from './event-registry.js';
import { assertWireName } from './wire-name.js';

const MAX_VERSION = 2_147_483_647;
const notes = new ClassNote<EventDescription>('Event');

export interface EventOptions {
  /** Version of the payload's schema: a whole number from 1, default 1. Raise it when older payloads need an upcaster. */
  readonly version?: number;
  /** Earlier wire names, still read as this class. Default none. */
  readonly aliases?: readonly string[];
}

/**
 * Describes a class as an event stored under `name`: 1 to 128 letters, digits, dots, dashes or underscores, beginning with a
 * letter. The name is never derived from the class, so the class can be renamed and minified. It only describes: an application
 * lists the events it uses. A subclass needs its own.
 *
 * Throws, when the class is defined, `NAME_INVALID`, `EVENT_VERSION_INVALID`, `EVENT_NAME_TAKEN` (an alias that repeats a name),
 * `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @Event('loan.submitted', { version: 2, aliases: ['loan.requested'] })
 * class LoanSubmitted { constructor(readonly applicant: string, readonly amount: number) {} }
 * ```
 */
export function Event(name: string, options: EventOptions = {}): (type: Constructor, context?: unknown) => void {
  return (type) => {
    const { version = 1, aliases = [] } = options;
    assertWireName(name, `@Event on ${type.name}`);
    assertVersion(version, type);
    assertAliases(name, aliases, type);
    notes.write(type, { name, version, aliases: Object.freeze([...aliases]), type });
  };
}

/** What `@Event` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeEventClass(type: Constructor): EventDescription {
  return notes.read(type);
}

function assertVersion(version: number, type: Constructor): void {
  if (Number.isInteger(version) && version >= 1 && version <= MAX_VERSION) return;
  throw new EventspanError('EVENT_VERSION_INVALID', { version, className: type.name });
}

function assertAliases(name: string, aliases: readonly string[], type: Constructor): void {
  const known = new Set([name]);
  for (const alias of aliases) {
    assertWireName(alias, `an alias in @Event on ${type.name}`);
    if (known.has(alias)) throw new EventspanError('EVENT_NAME_TAKEN', { name: alias, first: type.name, second: type.name });
    known.add(alias);
  }
}
