import { EventspanError } from '../../errors/eventspan-error.js';
import { isHostileKey } from '../../messages/payload/hostile-key.js';
import { readMembers } from '../../support/json-members.js';

const PATH = /^\$(?:\.[A-Za-z_][\w-]*|\['[^'\\]+'\]|\[\d{1,9}\])*$/;
const STEP = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]/g;

/** The steps of a path: names of members and indexes of elements. */
export type JsonPath = readonly (string | number)[];

/** `$`, `$.order.id`, `$['order-id']`, `$.lines[0].sku`. Throws `OPTION_INVALID`; `option` names the place. */
export function parseJsonPath(option: string, text: string): JsonPath {
  if (!PATH.test(text)) throw invalid(option, text);
  const steps = [...text.matchAll(STEP)].map(([, name, quoted, index]) => name ?? quoted ?? Number(index));
  if (steps.some((step) => typeof step === 'string' && isHostileKey(step))) throw invalid(option, text);
  return steps;
}

/** What stands there; undefined where nothing does. */
export function valueAt(body: unknown, path: JsonPath): unknown {
  let value = body;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** The text of what stands there, as it stands in `text`, which is JSON; inside an array as it is written anew. */
export function textAt(text: string, path: JsonPath): string | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (typeof step === 'number') return JSON.stringify(valueAt(JSON.parse(text), path));
  const member = /^\s*\{/.test(text) ? readMembers(text).get(step) : undefined;
  return member === undefined ? undefined : textAt(member, rest);
}

function invalid(path: string, value: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path, value, bound: "a path in JSON such as $.order.id, $['order-id'] or $.lines[0]" });
}
