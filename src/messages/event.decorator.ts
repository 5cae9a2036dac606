import { EventspanError } from '../errors/eventspan-error.js';
import { ClassNote } from './class-note.js';
import type { Constructor } from './constructor.js';
import type { EventDescription } from './event-description.js';
import type { StandardSchema } from './schema/standard-schema.js';
import { assertWireName } from './wire-name.js';

const MAX_VERSION = 2_147_483_647;
const notes = new ClassNote<EventDescription>('Event');

export interface EventOptions {
  /** Version of the payload's schema: a whole number from 1, default 1. Raise it when older payloads need an upcaster. */
  readonly version?: number;
  /** The oldest version that may be stored: upcasters must lead from it to today. From 1 to `version`, default 1. */
  readonly oldestVersion?: number;
  /**
   * The version that is written while programs of an older one still run: downcasters must lead to it. From `oldestVersion` to
   * `version`, default `version`.
   */
  readonly writeVersion?: number;
  /** Earlier wire names, still read as this class. Default none. */
  readonly aliases?: readonly string[];
  /** Holds payloads, as JSON data, to a Standard Schema (zod, Valibot, ArkType, ...), which must answer at once and change nothing. */
  readonly schema?: StandardSchema;
  /** `'write'` (default): the schema is asked when an event is recorded. `'both'`: also when one is read. */
  readonly validate?: 'write' | 'both';
}

/**
 * Describes a class as an event stored under `name`: 1 to 128 letters, digits, dots, dashes or underscores, beginning with a
 * letter. The name is never derived from the class, so the class can be renamed and minified. It only describes: an application
 * lists the events it uses. A subclass needs its own.
 *
 * Throws, when the class is defined, `NAME_INVALID`, `EVENT_VERSION_INVALID`, `EVENT_SCHEMA_INVALID`, `EVENT_NAME_TAKEN` (an alias that repeats a name),
 * `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @Event('loan.submitted', { version: 2, aliases: ['loan.requested'] })
 * class LoanSubmitted { constructor(readonly applicant: string, readonly amount: number) {} }
 * ```
 */
export function Event(name: string, options: EventOptions = {}): (type: Constructor, context?: unknown) => void {
  return (type) => {
    const { version = 1, oldestVersion = 1, writeVersion = version, aliases = [], schema, validate = 'write' } = options;
    assertWireName(name, `@Event on ${type.name}`);
    assertVersion(type, { option: 'version', version, min: 1, max: MAX_VERSION });
    assertVersion(type, { option: 'oldestVersion', version: oldestVersion, min: 1, max: version });
    assertVersion(type, { option: 'writeVersion', version: writeVersion, min: oldestVersion, max: version });
    assertAliases(name, aliases, type);
    assertSchema(type, schema, validate);
    const versions = { version, oldestVersion, writeVersion };
    notes.write(type, { name, ...versions, aliases: Object.freeze([...aliases]), type, validate, ...(schema !== undefined && { schema }) });
  };
}

/** What `@Event` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeEventClass(type: Constructor): EventDescription {
  return notes.read(type);
}

interface VersionOption {
  readonly option: 'version' | 'oldestVersion' | 'writeVersion';
  readonly version: number;
  readonly min: number;
  readonly max: number;
}

function assertVersion(type: Constructor, { option, version, min, max }: VersionOption): void {
  if (Number.isInteger(version) && version >= min && version <= max) return;
  throw new EventspanError('EVENT_VERSION_INVALID', { option, version, className: type.name, min, max });
}

function assertSchema(type: Constructor, schema: unknown, validate: unknown): void {
  if (schema !== undefined && typeof (schema as StandardSchema | null)?.['~standard']?.validate !== 'function') {
    throw new EventspanError('EVENT_SCHEMA_INVALID', { className: type.name, option: 'schema', reason: 'is no Standard Schema' });
  }
  if (validate === 'write' || validate === 'both') return;
  throw new EventspanError('EVENT_SCHEMA_INVALID', { className: type.name, option: 'validate', reason: `is ${String(validate)}` });
}

function assertAliases(name: string, aliases: readonly string[], type: Constructor): void {
  const known = new Set([name]);
  for (const alias of aliases) {
    assertWireName(alias, `an alias in @Event on ${type.name}`);
    if (known.has(alias)) throw new EventspanError('EVENT_NAME_TAKEN', { name: alias, first: type.name, second: type.name });
    known.add(alias);
  }
}
