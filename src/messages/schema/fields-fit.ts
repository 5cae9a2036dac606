import type { Constructor } from '../constructor.js';
import type { PayloadOf } from '../upcasting/payload-of.js';
import type { FIELD, FieldNotations, NullableField, OneOfField, OptionalField, RecordField } from './field-notation.js';
import type { StandardSchema } from './standard-schema.js';

/** What the compiler shows where options do not fit the class they stand on. */
export interface MistypedEvent<Sentence extends string, Where = unknown> {
  readonly 'eventspan: @Event does not fit its class': Sentence;
  readonly where: Where;
}

/** `unknown` where `fields` and `schema` of the options fit the class; else a type that no class has. */
export type FitsClass<C, Options> = (Options extends { readonly fields: infer F extends FieldNotations } ? FieldsFit<C, F> : unknown) &
  (Options extends { readonly schema: StandardSchema<infer Input> } ? SchemaFits<C, Input> : unknown);

type SchemaFits<C, Input> = [Mutable<PayloadOf<C>>] extends [Input]
  ? unknown
  : MistypedEvent<'its schema does not take the payload of the class', Input>;

/** Schemas are written with plain arrays; they change nothing, so that readonly does not matter. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

type Method = (...args: never[]) => unknown;

/** Fields that are stored, of those that the compiler shows. */
type StoredKeys<C> = { [Key in keyof C]-?: C[Key] extends Method ? never : Key }[keyof C];

type FieldsFit<C, F> = [Exclude<StoredKeys<C>, keyof F>] extends [never]
  ? [Exclude<keyof F, StoredKeys<C>>] extends [never]
    ? [Misfits<C, F>] extends [never]
      ? unknown
      : MistypedEvent<'fields give another type than the class', Misfits<C, F>>
    : MistypedEvent<'fields name what the class has not', Exclude<keyof F, StoredKeys<C>>>
  : MistypedEvent<'fields leave out what the class has', Exclude<StoredKeys<C>, keyof F>>;

/** Names of fields whose notation does not take what the class holds, or is not optional where the class is, or the other way round. */
type Misfits<C, F> = {
  [Key in keyof F & keyof C]: IsOptional<F[Key]> extends MayBeAbsent<C[Key]>
    ? Fits<F[Key], Exclude<C[Key], undefined>> extends true
      ? never
      : Key
    : Key;
}[keyof F & keyof C];

/** `boolean` for any and unknown, which every answer extends. */
type MayBeAbsent<T> = unknown extends T ? boolean : undefined extends T ? true : false;

type IsOptional<N> = N extends `${string}?` | OptionalField ? true : false;

type Fits<N, T> =
  N extends OptionalField<infer F>
    ? Fits<F, T>
    : N extends NullableField<infer F>
      ? Fits<F, Exclude<T, null>>
      : N extends readonly [infer Item]
        ? [T] extends [readonly (infer U)[]]
          ? Fits<Item, U>
          : false
        : N extends RecordField<infer F>
          ? [T] extends [object]
            ? Fits<F, T[keyof T]>
            : false
          : N extends OneOfField<infer V>
            ? [T] extends [V]
              ? true
              : false
            : N extends string
              ? [T] extends [ScalarOf<N>]
                ? true
                : false
              : N extends { readonly [FIELD]: unknown }
                ? false
                : [T] extends [object]
                  ? unknown extends FieldsFit<T, N>
                    ? true
                    : false
                  : false;

type ScalarOf<N extends string> = N extends `${infer Base}?`
  ? ScalarOf<Base>
  : N extends `${infer Base}|null`
    ? ScalarOf<Base> | null
    : N extends 'string'
      ? string
      : N extends 'number' | 'integer'
        ? number
        : N extends 'boolean'
          ? boolean
          : N extends 'date'
            ? Date
            : N extends 'json'
              ? unknown
              : never;

/** A class decorator that takes classes which fit. */
export type EventDecorator<Options> = <C extends object>(type: Constructor<C> & FitsClass<C, Options>, context?: unknown) => void;
