import { EventspanError } from '../errors/eventspan-error.js';
import { ClassNote } from './class-note.js';
import type { Constructor } from './constructor.js';
import type { EventDescription } from './event-description.js';
import type { FieldNotations } from './schema/field-notation.js';
import { fieldsSchema } from './schema/fields-schema.js';
import type { EventDecorator } from './schema/fields-fit.js';
import type { StandardSchema } from './schema/standard-schema.js';
import { assertWireName } from './wire-name.js';

const MAX_VERSION = 2_147_483_647;
const notes = new ClassNote<EventDescription>('Event');

export interface EventOptions {
  /**
   * Version of the payload's schema: a whole number from 1, default 1. Raise it when the payload changes; each version from
   * `oldestVersion` up to it then needs an upcaster (`UPCASTER_MISSING` when the application is opened).
   */
  readonly version?: number;
  /** The oldest version that may be stored: 1..version, default 1. Raise it only where no older event is left in any store. */
  readonly oldestVersion?: number;
  /**
   * The version that is written: oldestVersion..version, default version. Lower while programs are running that know no newer
   * one; each version down to it needs a downcaster (`DOWNCASTER_MISSING`).
   */
  readonly writeVersion?: number;
  /** Earlier wire names, still read as this class. Default none. */
  readonly aliases?: readonly string[];
  /** The stored fields and their types, for JSON Schema and `eventspan schema lock`; checked against the class by the compiler. Default: reflection. */
  readonly fields?: FieldNotations;
  /**
   * A Standard Schema (zod, Valibot, ArkType, …) of the payload as plain JSON: checked when events are recorded
   * (`PAYLOAD_REFUSED`). It must answer at once and change nothing.
   */
  readonly schema?: StandardSchema;
  /** When the schema is asked: `'write'` (default), or `'both'`: when events are read, too. */
  readonly validate?: 'write' | 'both';
}

/**
 * Describes a class as an event stored under `name`: 1 to 128 letters, digits, dots, dashes or underscores, beginning with a
 * letter. The name is never derived from the class, so the class can be renamed and minified. It only describes: an application
 * lists the events it uses. A subclass needs its own.
 *
 * Throws, when the class is defined, `NAME_INVALID`, `EVENT_VERSION_INVALID`, `EVENT_NAME_TAKEN` (an alias that repeats a name),
 * `EVENT_SCHEMA_INVALID`, `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @Event('loan.submitted', { version: 2, aliases: ['loan.requested'], fields: { applicant: 'string', amount: 'integer' } })
 * class LoanSubmitted { constructor(readonly applicant: string, readonly amount: number) {} }
 * ```
 */
export function Event<const Options extends EventOptions>(name: string, options?: Options): EventDecorator<Options> {
  return (type: Constructor) => {
    const description = descriptionOf(name, options ?? {}, type);
    notes.write(type, description);
  };
}

/** What `@Event` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeEventClass(type: Constructor): EventDescription {
  return notes.read(type);
}

function descriptionOf(name: string, options: EventOptions, type: Constructor): EventDescription {
  const { aliases = [], fields, schema, validate = 'write' } = options;
  assertWireName(name, `@Event on ${type.name}`);
  assertAliases(name, aliases, type);
  assertSchema(options, type);
  return {
    name,
    ...versionsOf(options, type),
    aliases: Object.freeze([...aliases]),
    type,
    ...(fields && { fields }),
    ...(schema && { schema }),
    validate,
  };
}

function versionsOf(
  { version = 1, oldestVersion = 1, writeVersion = version }: EventOptions,
  type: Constructor,
): Pick<EventDescription, 'version' | 'oldestVersion' | 'writeVersion'> {
  assertVersion('version', version, { min: 1, max: MAX_VERSION, type });
  assertVersion('oldestVersion', oldestVersion, { min: 1, max: version, type });
  assertVersion('writeVersion', writeVersion, { min: oldestVersion, max: version, type });
  return { version, oldestVersion, writeVersion };
}

function assertVersion(
  option: string,
  value: number,
  { type, ...bounds }: { readonly min: number; readonly max: number; readonly type: Constructor },
): void {
  if (Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return;
  throw new EventspanError('EVENT_VERSION_INVALID', { option, version: value, className: type.name, ...bounds });
}

function assertSchema({ fields, schema, validate = 'write' }: EventOptions, type: Constructor): void {
  const refuse = (option: string, reason: string): EventspanError =>
    new EventspanError('EVENT_SCHEMA_INVALID', { className: type.name, option, reason });
  if (validate !== 'write' && validate !== 'both') throw refuse('validate', `is ${String(validate)}, neither write nor both`);
  if (fields !== undefined) fieldsSchema(fields, type.name);
  if (schema === undefined) return;
  const standard = (schema as Partial<StandardSchema> | null)?.['~standard'];
  if (typeof standard?.validate !== 'function')
    throw refuse('schema', 'is no Standard Schema, which has ~standard with a function validate');
}

function assertAliases(name: string, aliases: readonly string[], type: Constructor): void {
  const known = new Set([name]);
  for (const alias of aliases) {
    assertWireName(alias, `an alias in @Event on ${type.name}`);
    if (known.has(alias)) throw new EventspanError('EVENT_NAME_TAKEN', { name: alias, first: type.name, second: type.name });
    known.add(alias);
  }
}
