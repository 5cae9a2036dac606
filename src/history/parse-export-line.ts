import { EventspanError } from '../errors/eventspan-error.js';
import { checkAppendRequest } from '../event-store/append-checks.js';
import { formatPosition, parsePosition, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { EXPORT_FINISHED_TYPE, EXPORT_STARTED_TYPE, readCounts, readHeader, type ExportHeader } from './export-header.js';
import type { HistoryCounts } from './history-tally.js';
import { readMembers, type JsonMembers } from '../support/json-members.js';
import { messageOf } from '../support/message-of.js';

/** What one line of an export is. */
export type ExportLine =
  | { readonly kind: 'started'; readonly header: ExportHeader }
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'finished'; readonly counts: HistoryCounts };

const ATTRIBUTES: ReadonlySet<string> = new Set(
  'specversion id source type subject time datacontenttype streamversion position metadata data data_base64'.split(' '),
);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SHOWN_CHARACTERS = 80;

/** Reads one line. Its shard is 0 in every event: each store computes its own. Throws `EXPORT_LINE_INVALID`, `EXPORT_FORMAT_UNKNOWN`. */
export function parseExportLine(text: string, line: number): ExportLine {
  try {
    return read(text);
  } catch (cause) {
    if (cause instanceof EventspanError && cause.code === 'EXPORT_FORMAT_UNKNOWN') throw cause;
    throw lineInvalid(line, reasonOf(cause), cause);
  }
}

export function lineInvalid(line: number, reason: string, cause?: unknown): EventspanError {
  return new EventspanError('EXPORT_LINE_INVALID', { line, reason }, { cause });
}

/** What is wrong with the line in hand; given its number further out. */
class Fault extends Error {}

function reasonOf(cause: unknown): string {
  if (cause instanceof Fault) return cause.message;
  if (cause instanceof EventspanError) return typeof cause.details['reason'] === 'string' ? cause.details['reason'] : cause.message;
  return `it is not a JSON object (${messageOf(cause)})`;
}

function read(text: string): ExportLine {
  if (text.trim() === '') throw new Fault('it is empty');
  const members = readMembers(text);
  for (const name of members.keys())
    if (!ATTRIBUTES.has(name)) throw new Fault(`it has the attribute ${shown(name)}, which exports have not`);
  if (textOf(members, 'specversion') !== '1.0') throw new Fault('specversion is not "1.0"');
  textOf(members, 'source');
  const type = textOf(members, 'type');
  if (type === EXPORT_STARTED_TYPE) return started(members);
  if (type === EXPORT_FINISHED_TYPE) return finished(members);
  return { kind: 'event', event: eventOf(members, type) };
}

function started(members: JsonMembers): ExportLine {
  const header = readHeader(JSON.parse(demand(members, 'data')));
  if (typeof header === 'string') throw new Fault(header);
  return { kind: 'started', header };
}

function finished(members: JsonMembers): ExportLine {
  const counts = readCounts(JSON.parse(demand(members, 'data')));
  if (counts === undefined) throw new Fault('its data is not that of a last line');
  return { kind: 'finished', counts };
}

function eventOf(members: JsonMembers, type: string): StoredEvent {
  const streamId = textOf(members, 'subject');
  const version: unknown = JSON.parse(demand(members, 'streamversion'));
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw new Fault('streamversion is not a whole number from 1');
  const event: StoredEvent = {
    eventId: textOf(members, 'id'),
    type,
    streamId,
    version: version as number,
    shard: 0,
    position: positionOf(members, { streamId, version: version as number }),
    metadata: textOf(members, 'metadata'),
    data: dataOf(members),
  };
  const { eventId, metadata, data } = event;
  checkAppendRequest({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId, type, metadata, data }] }] });
  return event;
}

/** The position says stream, version and time once more; a line that contradicts itself is not taken. */
function positionOf(members: JsonMembers, { streamId, version }: { readonly streamId: string; readonly version: number }): Position {
  const text = textOf(members, 'position') as Position;
  const { commitTime, commitIndex } = parsePositionOr(text);
  if (textOf(members, 'time') !== commitTime) throw new Fault('time is not that of its position');
  if (formatPosition({ commitTime, commitIndex, streamId, version }) === text) return text;
  throw new Fault('position is not that of its subject and streamversion');
}

function parsePositionOr(text: Position): { readonly commitTime: string; readonly commitIndex: number } {
  try {
    return parsePosition(text);
  } catch {
    throw new Fault(`position is ${shown(text)}, which is none`);
  }
}

function dataOf(members: JsonMembers): string {
  const base64 = members.get('data_base64');
  const data = members.get('data');
  if ((data === undefined) === (base64 === undefined)) throw new Fault('it must have either data or data_base64');
  if (data !== undefined) {
    JSON.parse(data);
    return data;
  }
  const encoded = textOf(members, 'data_base64');
  if (!BASE64.test(encoded)) throw new Fault('data_base64 is not base64');
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw new Fault('data_base64 is not UTF-8');
  return text;
}

function textOf(members: JsonMembers, name: string): string {
  const value: unknown = JSON.parse(demand(members, name));
  if (typeof value === 'string') return value;
  throw new Fault(`${name} is no text`);
}

function demand(members: JsonMembers, name: string): string {
  const value = members.get(name);
  if (value === undefined) throw new Fault(`${name} is missing`);
  return value;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
}
