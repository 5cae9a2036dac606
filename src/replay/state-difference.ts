import { stateChanges } from '../support/state-changes.js';
import type { Json } from './sorted-json.js';

const SHOWN_LINES = 40;
const SHOWN_CHARACTERS = 120;

/** One line for each place where the states differ: `  status: "open" → "closed"`. At most 40 lines; then how many more there are. */
export function stateDifference(old: Json, now: Json): string {
  const lines = stateChanges(old, now).map(({ path, before, after }) => `  ${placeOf(path)}: ${shown(before)} → ${shown(after)}`);
  const first = lines.slice(0, SHOWN_LINES);
  if (lines.length > SHOWN_LINES) first.push(`  ... and ${lines.length - SHOWN_LINES} more`);
  return first.join('\n');
}

/** Without the `$` of the state itself. */
function placeOf(path: string): string {
  if (path === '$') return 'state';
  return path.startsWith('$.') ? path.slice(2) : path.slice(1);
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)` : text;
}
