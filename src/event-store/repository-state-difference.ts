/** The first place where two states, as JSON values, are not the same. */
export interface StateDifference {
  /** `$.lines[3].price` */
  readonly path: string;
  /** JSON, cut after 200 characters; `(absent)` where nothing is. */
  readonly expected: string;
  readonly found: string;
}

const SHOWN_CHARACTERS = 200;
const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

/** Undefined when they are equal; the order of names does not count. */
export function stateDifference(expected: unknown, found: unknown, path = '$'): StateDifference | undefined {
  if (Object.is(expected, found)) return undefined;
  if (!isObject(expected) || !isObject(found) || Array.isArray(expected) !== Array.isArray(found)) {
    return { path, expected: shown(expected), found: shown(found) };
  }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const place = path + (Array.isArray(expected) ? `[${name}]` : segment(name));
    const difference = stateDifference(own(expected, name), own(found, name), place);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function own(holder: object, name: string): unknown {
  return Object.hasOwn(holder, name) ? (Reflect.get(holder, name) as unknown) : undefined;
}

function segment(name: string): string {
  return PLAIN_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
