type Scalar = 'string' | 'number' | 'integer' | 'boolean' | 'date' | 'json';

/** A scalar, which may be null (`'string|null'`), absent (`'string?'`) or both (`'string|null?'`). `date`: a Date, stored as its text; `json`: anything. */
export type ScalarNotation = Scalar | `${Scalar}?` | `${Scalar}|null` | `${Scalar}|null?`;

/** Shared between copies of the package. */
export const FIELD: unique symbol = Symbol.for('eventspan.field');

export interface OptionalField<F = unknown> {
  readonly [FIELD]: 'optional';
  readonly of: F;
}

export interface NullableField<F = unknown> {
  readonly [FIELD]: 'nullable';
  readonly of: F;
}

export interface OneOfField<V = unknown> {
  readonly [FIELD]: 'oneOf';
  readonly values: readonly V[];
}

export interface RecordField<F = unknown> {
  readonly [FIELD]: 'record';
  readonly of: F;
}

/**
 * The type of a stored field: a scalar's name, `[item]` for an array, an object of fields for a nested class or object, or what
 * {@link field} makes.
 */
export type FieldNotation =
  ScalarNotation | readonly [FieldNotation] | FieldNotations | OptionalField | NullableField | OneOfField | RecordField;

/** The fields of a class, by name. */
export interface FieldNotations {
  readonly [name: string]: FieldNotation;
}

/**
 * What the short names of {@link FieldNotation} cannot say.
 *
 * ```ts
 * fields: { status: field.oneOf('open', 'closed'), address: field.optional({ street: 'string' }), counts: field.record('integer') }
 * ```
 */
export const field = Object.freeze({
  /** May be absent. */
  optional: <const F extends FieldNotation>(of: F): OptionalField<F> => ({ [FIELD]: 'optional', of }),
  /** May be null. */
  nullable: <const F extends FieldNotation>(of: F): NullableField<F> => ({ [FIELD]: 'nullable', of }),
  /** One of some texts or numbers. */
  oneOf: <const V extends string | number>(...values: readonly V[]): OneOfField<V> => ({ [FIELD]: 'oneOf', values }),
  /** An object whose keys are data. */
  record: <const F extends FieldNotation>(of: F): RecordField<F> => ({ [FIELD]: 'record', of }),
});
