import type { ListValue, Value } from './protocol.js';

export const NULL: Value = { nullValue: 'NULL_VALUE' };
/** Spanner puts the time of the commit in its place. */
export const COMMIT_TIME: Value = { stringValue: 'spanner.commit_timestamp()' };
export const TRUE: Value = { boolValue: true };

/** A STRING, or an INT64, which travels as text. */
export function cell(value: string | number): Value {
  return { stringValue: String(value) };
}

/** A key or a prefix of one. */
export function key(...parts: readonly (string | number)[]): ListValue {
  return { values: parts.map(cell) };
}

/** The text of a STRING, INT64 or TIMESTAMP cell that is never null. */
export function textOf(value: Value | undefined): string {
  return value?.stringValue ?? '';
}

/** The text of a cell, undefined where it is null. */
export function optionalText(value: Value | undefined): string | undefined {
  return value?.stringValue ?? undefined;
}
