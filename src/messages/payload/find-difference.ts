import { isLeftOut } from './left-out-fields.js';
import { enclose, type PayloadFault } from './payload-fault.js';

/**
 * Where `restored`, which class-transformer read back, differs from the `original`. Equal means: the same primitives (-0 is not 0), the same
 * classes, the same own properties (one that is undefined counts as absent; `@Exclude`d ones do not count), the same contents of
 * Dates, Maps, Sets and buffers. Objects that show nothing from outside are compared by their toString().
 */
export function findDifference(original: unknown, restored: unknown): PayloadFault | undefined {
  if (Object.is(original, restored)) return undefined;
  if (!isObject(original) || !isObject(restored) || !isSameKind(original, restored)) return difference(original, restored);
  if (isOpaque(original) && text(original) !== text(restored)) return difference(original, restored);
  return findInContents(original, restored) ?? findInProperties(original, restored);
}

function findInContents(original: object, restored: object): PayloadFault | undefined {
  const inside = findDifferenceInArrays(contentsOf(original), contentsOf(restored));
  return inside && { path: '', reason: `its contents differ: ${inside.reason}` };
}

function findDifferenceInArrays(original: readonly unknown[], restored: readonly unknown[]): PayloadFault | undefined {
  if (original.length !== restored.length)
    return { path: '', reason: `it would be read back with ${restored.length} of ${original.length}` };
  for (const [at, value] of original.entries()) {
    const found = findDifference(value, restored[at]);
    if (found) return enclose(found, original, at);
  }
  return undefined;
}

function findInProperties(original: object, restored: object): PayloadFault | undefined {
  if (ArrayBuffer.isView(original)) return undefined;
  for (const key of new Set([...Reflect.ownKeys(original), ...Reflect.ownKeys(restored)])) {
    const found = findDifference(Reflect.get(original, key), Reflect.get(restored, key));
    if (found && !isLeftOut(original, key))
      return enclose(found, original, Array.isArray(original) && typeof key === 'string' ? indexOr(key) : String(key));
  }
  return undefined;
}

function contentsOf(value: object): readonly unknown[] {
  if (value instanceof Map) return [...value.entries()];
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  return value instanceof Date ? [value.getTime()] : [];
}

function isSameKind(original: object, restored: object): boolean {
  return Object.getPrototypeOf(original) === Object.getPrototypeOf(restored) && Array.isArray(original) === Array.isArray(restored);
}

/** Keeps its value where no property shows it: URL, RegExp, a library's decimal. */
function isOpaque(value: object): boolean {
  return Object.keys(value).length === 0 && contentsOf(value).length === 0 && value.toString !== Object.prototype.toString;
}

function text(value: object): string {
  // oxlint-disable-next-line typescript/no-base-to-string -- only called on objects that have a toString of their own
  return String(value);
}

function difference(original: unknown, restored: unknown): PayloadFault {
  if (original instanceof Date && typeof restored === 'string') {
    return { path: '', reason: 'it is a Date and would be read back as a string without @Type(() => Date) on its field' };
  }
  const [before, after] = [kindOf(original), kindOf(restored)];
  return { path: '', reason: `it is ${before} and would be read back as ${before === after ? 'another one' : after}` };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (!isObject(value)) return `a ${typeof value}`;
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null;
  return prototype ? `an instance of ${prototype.constructor?.name ?? 'an unknown class'}` : 'an object without prototype';
}

function indexOr(key: string): string | number {
  return /^\d+$/.test(key) ? Number(key) : key;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
