import type { Constructor } from './constructor.js';
import type { FieldNotations } from './schema/field-notation.js';
import type { StandardSchema } from './schema/standard-schema.js';

/** What `@Event(name, options)` says of a class. */
export interface EventDescription {
  readonly name: string;
  /** Schema version, from 1. */
  readonly version: number;
  /** The oldest version that may be stored. */
  readonly oldestVersion: number;
  /** The version that is written. */
  readonly writeVersion: number;
  /** Earlier wire names that are read as this class. */
  readonly aliases: readonly string[];
  readonly type: Constructor;
  readonly fields?: FieldNotations;
  readonly schema?: StandardSchema;
  /** When the schema is asked. */
  readonly validate: 'write' | 'both';
}
