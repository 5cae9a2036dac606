import { DEFAULT_PAYLOAD_LIMITS } from '../messages/payload-limits.js';
import { Hydrator } from '../messages/payload/hydrate.js';
import { nestsDeeperThan } from '../support/json-depth.js';

/** What a message from outside may have; held before anything of it is parsed. */
export const MESSAGE_LIMITS = Object.freeze({
  /** Characters of a body: more than a transport carries in one message. */
  maxBodyCharacters: 10_000_000,
  /** Objects and arrays inside one another in a body, envelope included. */
  maxBodyDepth: 100,
  /** Characters of the payload in it: what a store keeps. */
  maxDataCharacters: DEFAULT_PAYLOAD_LIMITS.maxCharacters,
  /** Objects and arrays inside one another in the payload. */
  maxDataDepth: DEFAULT_PAYLOAD_LIMITS.maxDepth,
  /** Characters of an id, a type, a source or a subject. */
  maxNameCharacters: 1_024,
});

export interface JsonBounds {
  readonly maxCharacters: number;
  readonly maxDepth: number;
}

export const BODY_BOUNDS: JsonBounds = { maxCharacters: MESSAGE_LIMITS.maxBodyCharacters, maxDepth: MESSAGE_LIMITS.maxBodyDepth };
export const DATA_BOUNDS: JsonBounds = { maxCharacters: MESSAGE_LIMITS.maxDataCharacters, maxDepth: MESSAGE_LIMITS.maxDataDepth };

/** Throws an Error that says which bound `text` breaks. Nothing is parsed. */
export function checkBounds(text: string, what: string, { maxCharacters, maxDepth }: JsonBounds): void {
  if (text.length > maxCharacters) throw new Error(`${what} has ${text.length} characters, more than ${maxCharacters}`);
  if (nestsDeeperThan(text, maxDepth)) throw new Error(`${what} is nested deeper than ${maxDepth} levels`);
}

/** The value of a JSON text within the bounds. Throws an Error that says why not: too large, too deep, not JSON, a key that is refused. */
export function parseWithin(text: string, what: string, bounds: JsonBounds): unknown {
  checkBounds(text, what, bounds);
  const value = parse(text, what);
  if (typeof value !== 'object' || value === null) return value;
  const fault = new Hydrator(bounds).hydrate(value, undefined);
  if (fault !== undefined) throw new Error(`${what} at $${fault.path}: ${fault.reason}`);
  return value;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${what} is not JSON`, { cause });
  }
}
