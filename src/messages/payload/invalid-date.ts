import { enclose, type PayloadFault } from './payload-fault.js';

/** Finds a Date that class-transformer made of something that is none. `value` is what it read, so it is finite in depth. */
export function findInvalidDate(value: unknown): PayloadFault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? { path: '', reason: 'it is not a date' } : undefined;
  for (const [key, child] of childrenOf(value)) {
    const found = findInvalidDate(child);
    if (found) return enclose(found, value, typeof key === 'number' ? key : String(key));
  }
  return undefined;
}

function childrenOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (ArrayBuffer.isView(value)) return [];
  return Array.isArray(value) || value instanceof Map ? value.entries() : Object.entries(value);
}
