import { types } from 'node:util';
import { EventspanError } from '../errors/eventspan-error.js';
import type { ColumnType, ColumnValue } from './read-models.js';
import { MAX_TEXT_LENGTH } from './append-checks.js';
import { isExactJson } from './exact-json.js';
import { isStorableText } from './well-formed.js';

/** A column value in the form that stores keep: text, number, boolean, or null; a timestamp as milliseconds, json as text. */
export type EncodedValue = string | number | boolean | null;

/** Where a value belongs, for the error that refuses it. */
export interface ColumnPlace {
  readonly table: string;
  readonly column: string;
  readonly type: ColumnType;
}

/** Years 1 to 9999, which is what Spanner's TIMESTAMP holds. */
const MIN_TIME_MS = Date.parse('0001-01-01T00:00:00Z');
const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A value's bound, in words, and its encoding where it keeps the bound. */
interface Codec {
  readonly bound: string;
  encode(value: unknown): EncodedValue | undefined;
}

const CODECS: Readonly<Record<ColumnType, Codec>> = {
  string: { bound: `text of at most ${MAX_TEXT_LENGTH} characters without lone surrogates and NUL`, encode: encodeString },
  integer: { bound: 'a safe integer other than -0', encode: (value) => (Number.isSafeInteger(value) ? plainNumber(value) : undefined) },
  number: { bound: 'a finite number other than -0', encode: (value) => (Number.isFinite(value) ? plainNumber(value) : undefined) },
  boolean: { bound: 'true or false', encode: (value) => (typeof value === 'boolean' ? value : undefined) },
  timestamp: { bound: 'a valid Date of the years 1 to 9999', encode: encodeTimestamp },
  json: { bound: 'a JSON value that JSON.parse gives back exactly', encode: encodeJson },
};

/** The form a store keeps; throws `VIEW_VALUE_INVALID` for what would not come back exactly. Null stays null. */
export function encodeValue(place: ColumnPlace, value: ColumnValue): EncodedValue {
  if (value === null) return null;
  const codec = CODECS[place.type];
  const encoded = codec.encode(value);
  if (encoded !== undefined) return encoded;
  throw invalidValue(place, value, codec.bound);
}

/** What {@link encodeValue} was given. Dates and JSON values are new objects at each call. */
export function decodeValue(type: ColumnType, encoded: EncodedValue): ColumnValue {
  if (encoded === null) return null;
  if (type === 'timestamp') return new Date(encoded as number);
  return type === 'json' ? (JSON.parse(encoded as string) as unknown) : encoded;
}

/** The error for a value that its column cannot keep. */
export function invalidValue(place: { table: string; column: string }, value: unknown, bound: string): EventspanError {
  return new EventspanError('VIEW_VALUE_INVALID', { table: place.table, column: place.column, value: describe(value), bound });
}

function encodeString(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH && isStorableText(value) ? value : undefined;
}

/** SQLite's REAL turns -0 into 0, so no store takes it. */
function plainNumber(value: unknown): number | undefined {
  return Object.is(value, -0) ? undefined : (value as number);
}

function encodeTimestamp(value: unknown): number | undefined {
  // Not instanceof: under jest a cloned Date is of another realm.
  if (!types.isDate(value)) return undefined;
  const ms = value.getTime();
  return ms >= MIN_TIME_MS && ms <= MAX_TIME_MS ? ms : undefined;
}

function encodeJson(value: unknown): string | undefined {
  if (!isExactJson(value)) return undefined;
  const text = JSON.stringify(value);
  return text.length <= MAX_TEXT_LENGTH ? text : undefined;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || value === undefined) return String(value);
  return Object.prototype.toString.call(value);
}
