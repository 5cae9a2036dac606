import { printable } from '../../support/printable.js';
import type { Trace, TraceDeadLetter, TraceDelivery, TraceEntry, TraceOutcome, TraceTask } from './trace.js';

/** Deeper entries are not moved further to the right: a correlation may be one long chain. */
const MAX_INDENT = 40;
const INDENT = '  ';
const SHOWN_CHARACTERS = 200;
const GAP = '  ';

/** A trace as text for people, an entry a line with its deliveries below it. Whatever is in names and ids, a terminal shows it and obeys none of it. */
export function renderTrace({ correlationId, entries, deadLetters, events, read, isCut }: Trace): string {
  const [first] = entries;
  const id = shown(correlationId);
  const dead = deadLetters.map(deadLetterLine);
  if (first === undefined) return [`Nothing with the correlation id ${id} in ${read} events of the log.`, ...dead].join('\n');
  const width = Math.max(...entries.map((entry) => offsetOf(entry).length));
  const end = entries.reduce((last, { afterMs, outcome }) => Math.max(last, afterMs, outcome?.afterMs ?? 0), 0);
  const lines = [`Correlation ${id}: ${events} events in ${end} ms, from ${first.at}`, ''];
  for (const entry of entries) lines.push(...linesOf(entry, width));
  if (dead.length > 0) lines.push('', ...dead);
  if (isCut) lines.push('', 'There are more events; only the first are shown.');
  return lines.join('\n');
}

function linesOf(entry: TraceEntry, width: number): readonly string[] {
  const indent = INDENT.repeat(Math.min(entry.depth, MAX_INDENT));
  const below = `${' '.repeat(width)}${GAP}${indent}${INDENT}${INDENT}`;
  const head = `${offsetOf(entry).padEnd(width)}${GAP}${indent}${headOf(entry)}`;
  const outcome = entry.outcome === undefined ? [] : [outcomeLine(entry.outcome)];
  const task = entry.task === undefined ? [] : [taskLine(entry.task)];
  return [head, ...[...outcome, ...task, ...deliveryLines(entry.deliveries)].map((line) => `${below}${line}`)];
}

function offsetOf({ afterMs }: TraceEntry): string {
  return `+${afterMs} ms`;
}

function headOf(entry: TraceEntry): string {
  const { kind, id, name, place } = entry;
  const what = kind === 'process' ? `process ${shown(name ?? '')} advanced` : `${kind}${name === undefined ? '' : ` ${shown(name)}`}`;
  const where = place === undefined || kind === 'command' ? shown(id) : `${shown(place.streamId)} version ${place.version}`;
  return [what, where, notesOf(entry).join(', ')].filter((part) => part !== '').join(GAP);
}

function notesOf({ status, dueAt, sentBy, actor, source, cause }: TraceEntry): readonly string[] {
  const notes: readonly (readonly [before: string, text: string | undefined, after?: string])[] = [
    ['now ', status],
    ['due at ', dueAt],
    ['sent by ', sentBy],
    ['by ', actor],
    ['in ', source],
    ['caused by ', cause, ', which is not in this trace'],
  ];
  return notes.flatMap(([before, text, after = '']) => (text === undefined ? [] : [`${before}${shown(text)}${after}`]));
}

function outcomeLine({ kind, afterMs, events, code, message }: TraceOutcome): string {
  if (kind === 'executed') return `executed at +${afterMs} ms${events === undefined ? '' : `, ${events} events`}`;
  return `refused at +${afterMs} ms: ${[code, message]
    .filter((text) => text !== undefined)
    .map(shown)
    .join(' ')}`;
}

function taskLine({ queue, state, attempts, code, message }: TraceTask): string {
  const why = [code, message].filter((text) => text !== undefined).map(shown);
  return [`${state} in the queue ${shown(queue)}, ${attempts} attempts`, ...(why.length === 0 ? [] : [why.join(' ')])].join(': ');
}

function deliveryLines(deliveries: readonly TraceDelivery[]): readonly string[] {
  const plain = (['passed', 'waiting', 'behind-parked'] as const).flatMap((state) => {
    const names = deliveries.filter((delivery) => delivery.state === state).map(({ consumer }) => shown(consumer));
    return names.length === 0 ? [] : [`${state}: ${names.join(', ')}`];
  });
  const troubled = deliveries.filter(({ state }) => state === 'parked' || state === 'discarded').map(troubleLine);
  return [...plain, ...troubled];
}

function troubleLine({ consumer, state, reason, code, message, at }: TraceDelivery): string {
  const why = [reason, code, message].filter((text) => text !== undefined).map(shown);
  return `${state}: ${shown(consumer)}${at === undefined ? '' : ` since ${at}`}: ${why.join(' ')}`;
}

function deadLetterLine({ consumer, messageId, type, reason, code, message, at }: TraceDeadLetter): string {
  const why = [reason, code, message].filter((text) => text !== undefined).map(shown);
  const what = type === undefined ? shown(messageId) : `${shown(type)}  ${shown(messageId)}`;
  return `dead letter  ${what}  of ${shown(consumer)}${at === undefined ? '' : ` since ${at}`}: ${why.join(' ')}`;
}

function shown(text: string): string {
  const whole = printable(text);
  return whole.length > SHOWN_CHARACTERS ? `${whole.slice(0, SHOWN_CHARACTERS)}...` : whole;
}
