import { EventspanError } from '../errors/eventspan-error.js';
import { derivedId } from '../support/derived-id.js';
import type { HistoryCounts } from './history-tally.js';

/** The format of export files that this version writes and reads. */
export const EXPORT_FORMAT = 1;
export const EXPORT_STARTED_TYPE = 'eventspan.export.started';
export const EXPORT_FINISHED_TYPE = 'eventspan.export.finished';

/** What the first line of an export says. */
export interface ExportHeader {
  readonly format: number;
  /** Events committed at or before this time are in it: RFC 3339, UTC, nine digits of fraction. */
  readonly asOf: string;
  /** Exclusive: only events after this position are in it. */
  readonly after?: string;
  /** Only streams whose ids begin so are in it. */
  readonly prefix?: string;
  /** Only these streams are in it. */
  readonly streams?: readonly string[];
  /** Its events are as upcasters made them, not as they are stored. */
  readonly upcast?: true;
}

/** The first line of an export, without line end. Equal for equal headers. */
export function startedLine(header: ExportHeader, source: string): string {
  return controlLine({ type: EXPORT_STARTED_TYPE, source, header, data: header });
}

/** The last line of an export, without line end. */
export function finishedLine(header: ExportHeader, source: string, counts: HistoryCounts): string {
  return controlLine({ type: EXPORT_FINISHED_TYPE, source, header, data: counts });
}

interface ControlLine {
  readonly type: string;
  readonly source: string;
  readonly header: ExportHeader;
  readonly data: object;
}

function controlLine({ type, source, header, data }: ControlLine): string {
  return JSON.stringify({
    specversion: '1.0',
    id: derivedId(`${type}/${JSON.stringify(header)}`),
    source,
    type,
    time: header.asOf,
    datacontenttype: 'application/json',
    data,
  });
}

/** Reads the payload of a first line; answers why it is none. Throws `EXPORT_FORMAT_UNKNOWN`. */
export function readHeader(value: unknown): ExportHeader | string {
  if (!isRecord(value)) return 'its data is no object';
  const { format, asOf, after, prefix, streams } = value;
  if (format !== EXPORT_FORMAT) throw new EventspanError('EXPORT_FORMAT_UNKNOWN', { format: String(format), known: EXPORT_FORMAT });
  const isGood = typeof asOf === 'string' && isTextOrAbsent(after) && isTextOrAbsent(prefix) && isTextsOrAbsent(streams);
  return isGood ? (value as unknown as ExportHeader) : 'its data is not that of a first line';
}

/** Reads the payload of a last line; undefined when it is none. */
export function readCounts(value: unknown): HistoryCounts | undefined {
  if (!isRecord(value)) return undefined;
  const { events, streams, digest } = value;
  const isGood = Number.isSafeInteger(events) && Number.isSafeInteger(streams) && typeof digest === 'string';
  return isGood ? { events: events as number, streams: streams as number, digest } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTextsOrAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
}
