import type { EventRegistry } from '../messages/event-registry.js';
import { parseMetadata } from '../messages/metadata-json.js';
import type { StoredEvent } from './stored-event.js';

const LAST_FIELD = ',"schemaVersion":';

/** The event as an instance of its class. Throws `EVENT_TYPE_UNKNOWN`, `PAYLOAD_UNREADABLE`. */
export function decodeEvent(registry: EventRegistry, stored: Pick<StoredEvent, 'type' | 'data' | 'metadata'>): object {
  const { type, data, metadata } = stored;
  return registry.deserialize({ type, data, schemaVersion: schemaVersionOf(metadata) });
}

/**
 * Reading all metadata would cost as much as reading the payload. Our own recording writes the schema version last, so that what
 * stands between its name and the closing brace is the number; inside a string or an object in between it could not stand so.
 */
function schemaVersionOf(metadata: string): number {
  const at = metadata.lastIndexOf(LAST_FIELD);
  const last = at === -1 ? Number.NaN : Number(metadata.slice(at + LAST_FIELD.length, -1));
  return Number.isSafeInteger(last) && last > 0 ? last : parseMetadata(metadata).schemaVersion;
}
