import { stateChanges } from '../support/state-changes.js';

/** The first place where two states, as JSON values, are not the same. */
export interface StateDifference {
  /** `$.lines[3].price` */
  readonly path: string;
  /** JSON, cut after 200 characters; `(absent)` where nothing is. */
  readonly expected: string;
  readonly found: string;
}

const SHOWN_CHARACTERS = 200;

/** Undefined when they are equal; the order of names does not count. */
export function stateDifference(expected: unknown, found: unknown): StateDifference | undefined {
  const [first] = stateChanges(expected, found);
  return first && { path: first.path, expected: shown(first.before), found: shown(first.after) };
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
