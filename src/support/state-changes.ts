import { isDeepStrictEqual, types } from 'node:util';

/** One place where two states are not the same. */
export interface StateChange {
  /** `$.lines[3].price`; `$` is the state itself. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Absent where the place was added. */
  readonly before?: unknown;
  /** Absent where the place was removed. */
  readonly after?: unknown;
}

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;
const MAX_DEPTH = 100;

/**
 * Every place where two states differ, in the order of their fields. Goes into plain objects, instances of the same class, arrays, Maps (by key)
 * and Sets (by value); everything else, as Dates, is compared as a whole. A field that is undefined counts as absent. What `#private` fields hide is not seen.
 */
export function stateChanges(before: unknown, after: unknown): readonly StateChange[] {
  const changes: StateChange[] = [];
  compare({ path: '$', before, after, depth: 0 }, changes);
  return changes;
}

interface Place {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly depth: number;
}

function compare(place: Place, changes: StateChange[]): void {
  const { path, before, after, depth } = place;
  if (Object.is(before, after)) return;
  const [parts, others] = [partsOf(before), partsOf(after)];
  if (parts === undefined || others === undefined || !isSameKind(before, after) || depth === MAX_DEPTH) {
    if (!isDeepStrictEqual(before, after)) changes.push(changeOf(path, before, after));
    return;
  }
  for (const key of new Set([...parts.keys(), ...others.keys()])) {
    compare({ path: path + key, before: parts.get(key), after: others.get(key), depth: depth + 1 }, changes);
  }
}

function changeOf(path: string, before: unknown, after: unknown): StateChange {
  if (before === undefined) return { path, kind: 'added', after };
  return after === undefined ? { path, kind: 'removed', before } : { path, kind: 'changed', before, after };
}

/** What a value holds, by the piece of path that leads there; undefined for what is compared as a whole. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.map((item: unknown, at) => [`[${at}]`, item]));
  if (types.isMap(value)) return new Map([...value].map(([key, item]) => [`.get(${textOf(key)})`, item]));
  if (types.isSet(value)) return new Map([...value].map((item) => [`.has(${textOf(item)})`, item]));
  if (typeof value !== 'object' || value === null || isWhole(value)) return undefined;
  return new Map(Object.keys(value).map((name) => [segment(name), Reflect.get(value, name)]));
}

function isWhole(value: object): boolean {
  return types.isDate(value) || types.isRegExp(value) || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

function isSameKind(before: unknown, after: unknown): boolean {
  return Object.getPrototypeOf(before) === Object.getPrototypeOf(after);
}

function segment(name: string): string {
  return PLAIN_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function textOf(key: unknown): string {
  return typeof key === 'bigint' ? `${key}n` : (JSON.stringify(key) ?? String(key));
}
