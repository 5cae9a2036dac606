import { inspect } from 'node:util';
import type { AggregateDiff, EventBetween } from './diff-aggregate.js';
import type { StateChange } from '../support/state-changes.js';

const SHOWN_EVENTS = 50;
const SHOWN_CHARACTERS = 160;
const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** A diff as text for people: the events between, then a line for each place that is not the same. */
export function renderDiff({ streamId, from, to, events, changes }: AggregateDiff<unknown>): string {
  const head = `${streamId}: version ${from.version} to ${to.version}`;
  const shown =
    events.length <= SHOWN_EVENTS ? events.map(eventLine) : [...events.slice(0, SHOWN_EVENTS).map(eventLine), more(events.length)];
  const lines = changes.length === 0 ? ['  The state is the same.'] : changes.map(changeLine);
  return [head, '', `Events: ${events.length}`, ...shown, '', `Changes: ${changes.length}`, ...lines].join('\n');
}

function eventLine({ version, time, type, data }: EventBetween): string {
  return `  ${version}  ${time}  ${type}  ${cut(data)}`;
}

function more(count: number): string {
  return `  ... and ${count - SHOWN_EVENTS} more`;
}

function changeLine({ kind, path, before, after }: StateChange): string {
  const value = kind === 'changed' ? `${textOf(before)} -> ${textOf(after)}` : textOf(kind === 'added' ? after : before);
  return `  ${SIGNS[kind]} ${path}: ${value}`;
}

function textOf(value: unknown): string {
  return cut(inspect(value, { depth: 6, breakLength: Infinity, compact: true }));
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
