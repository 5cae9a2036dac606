import { isWellFormed } from './well-formed.js';

/** Levels of nesting that a JSON value may have. */
const MAX_DEPTH = 64;

/** Whether `JSON.parse(JSON.stringify(value))` equals `value`, to the sign of zero, and is nested at most 64 levels. */
export function isExactJson(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return isWellFormed(value);
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'object' && isExactObject(value, depth);
}

function isExactObject(value: object, depth: number): boolean {
  // Array.from shows a hole as undefined, which is refused.
  if (Array.isArray(value)) return Array.from(value as unknown[]).every((item) => isExactJson(item, depth + 1));
  if (!isPlain(value) || typeof (value as { toJSON?: unknown }).toJSON === 'function') return false;
  return Object.entries(value).every(([key, item]) => isWellFormed(key) && isExactJson(item, depth + 1));
}

/** By shape rather than by `Object.prototype`, which differs between realms. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const hasPlainPrototype = prototype === null || Object.getPrototypeOf(prototype) === null;
  return hasPlainPrototype && Object.getOwnPropertySymbols(value).length === 0;
}
