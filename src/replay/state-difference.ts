import { isArray, isObject, type Json } from './sorted-json.js';

const SHOWN_LINES = 40;
const SHOWN_CHARACTERS = 120;
const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

/** One line for each place where the states differ: `  status: "open" → "closed"`. At most 40 lines; then how many more there are. */
export function stateDifference(old: Json, now: Json): string {
  const lines: string[] = [];
  compare({ old, now, path: '' }, lines);
  const first = lines.slice(0, SHOWN_LINES).map((line) => `  ${line}`);
  if (lines.length > SHOWN_LINES) first.push(`  ... and ${lines.length - SHOWN_LINES} more`);
  return first.join('\n');
}

interface Place {
  readonly old: Json | undefined;
  readonly now: Json | undefined;
  readonly path: string;
}

function compare(place: Place, lines: string[]): void {
  const { old, now, path } = place;
  if (old === now) return;
  if (isObject(old) && isObject(now)) return compareNames(old, now, (name, pair) => compare({ ...pair, path: join(path, name) }, lines));
  if (old !== undefined && now !== undefined && isArray(old) && isArray(now)) {
    const length = Math.max(old.length, now.length);
    for (let at = 0; at < length; at++) compare({ old: old[at], now: now[at], path: `${path}[${at}]` }, lines);
    return;
  }
  lines.push(`${path === '' ? 'state' : path}: ${shown(old)} → ${shown(now)}`);
}

type Fields = { readonly [name: string]: Json };

function compareNames(old: Fields, now: Fields, visit: (name: string, pair: Omit<Place, 'path'>) => void): void {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  for (const name of names) visit(name, { old: own(old, name), now: own(now, name) });
}

function own(fields: Fields, name: string): Json | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function join(path: string, name: string): string {
  if (!PLAIN_NAME.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)` : text;
}
