import type { StoredEvent } from '../../event-store/stored-event.js';

/** What a trace keeps of an event: of the payload only what it shows, and only where it is the framework's own. */
export interface TraceEvent extends Omit<StoredEvent, 'data' | 'metadata'> {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Types of the framework's own events begin so. */
const FRAMEWORK = 'eventspan.';

/**
 * The event if it belongs to the correlation. Whether it does is seen without parsing, for nearly all of a log does not. Metadata that is no
 * JSON object belongs to nothing. Pure.
 */
export function traceEventOf(event: StoredEvent, correlationId: string): TraceEvent | undefined {
  const { data, metadata: text, ...place } = event;
  // In JSON a text may be written with escapes, too.
  if (!text.includes(correlationId) && !text.includes('\\')) return undefined;
  const metadata = objectOf(text);
  if (metadata['correlationId'] !== correlationId) return undefined;
  return { ...place, metadata, payload: place.type.startsWith(FRAMEWORK) ? keptOf(objectOf(data)) : {} };
}

/** A command's payload and a process's state may be large. */
const KEPT = ['name', 'commandId', 'events', 'code', 'message', 'process', 'processId', 'sent'];

function keptOf(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = KEPT.filter((name) => Object.hasOwn(payload, name)).map((name) => [name, payload[name]] as const);
  const { record } = payload;
  const status = typeof record === 'object' && record !== null && 'status' in record ? record.status : undefined;
  return { ...Object.fromEntries(kept), ...(status !== undefined && { status }) };
}

/** A text of a record that may hold anything. */
export function textOf(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The JSON object in a text; an empty one where there is none. */
export function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
