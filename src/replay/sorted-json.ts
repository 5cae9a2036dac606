import { createHash } from 'node:crypto';

/** What JSON text can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** 96 bits, as text. */
const HASH_CHARACTERS = 16;

/** The same value with the names of every object sorted, so that equal values give equal text. */
export function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map(sorted);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] as Json)]));
}

/** SHA-256 of a text, cut to 96 bits, in 16 characters of base64url. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARACTERS);
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
