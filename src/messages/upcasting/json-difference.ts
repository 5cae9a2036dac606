import { enclose, type PayloadFault } from '../payload/payload-fault.js';

/** Where two plain JSON values differ; undefined when they are equal. The order of keys does not count. */
export function jsonDifference(wanted: unknown, found: unknown): PayloadFault | undefined {
  if (Object.is(wanted, found)) return undefined;
  if (!isObject(wanted) || !isObject(found) || Array.isArray(wanted) !== Array.isArray(found)) {
    return { path: '', reason: `it is ${show(wanted)} and would become ${show(found)}` };
  }
  return Array.isArray(wanted) ? inArrays(wanted, found as unknown as readonly unknown[]) : inObjects(wanted, found);
}

function inArrays(wanted: readonly unknown[], found: readonly unknown[]): PayloadFault | undefined {
  if (wanted.length !== found.length) return { path: '', reason: `it has ${wanted.length} elements and would have ${found.length}` };
  for (const [at, value] of wanted.entries()) {
    const difference = jsonDifference(value, found[at]);
    if (difference) return enclose(difference, wanted, at);
  }
  return undefined;
}

function inObjects(wanted: Record<string, unknown>, found: Record<string, unknown>): PayloadFault | undefined {
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const difference = jsonDifference(own(wanted, key), own(found, key));
    if (difference) return enclose(difference, wanted, key);
  }
  return undefined;
}

function own(holder: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
