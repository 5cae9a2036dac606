import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';

/** Line ends inside JSON text are allowed, and would break a line. */
const LINE_END = /[\n\r]/;

/**
 * An event as one line of an export, without line end: a CloudEvent 1.0 in structured JSON with the extensions `streamversion`, `position`
 * and `metadata`. The payload's text is put in as it is, so that its bytes survive (`1.0`, `1e3`, the order of names); one that is not JSON on one
 * line goes as `data_base64`, of its UTF-8.
 */
export function formatEventLine(event: StoredEvent, source: string): string {
  const isEmbedded = isOneLineOfJson(event.data);
  const { eventId: id, type, streamId: subject, version: streamversion, position, metadata } = event;
  const datacontenttype = 'application/json';
  const time = commitTimeOf(event);
  const head = JSON.stringify({ specversion: '1.0', id, source, type, subject, time, datacontenttype, streamversion, position, metadata });
  const data = isEmbedded ? `"data":${event.data}` : `"data_base64":"${Buffer.from(event.data, 'utf8').toString('base64')}"`;
  return `${head.slice(0, -1)},${data}}`;
}

function isOneLineOfJson(text: string): boolean {
  if (LINE_END.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
