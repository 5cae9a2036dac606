import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { parseMetadata, serializeMetadata } from '../messages/metadata-json.js';
import type { EventTransform, TransformedEvent } from './event-transform.js';

/** Each event as today's classes have it. An event that is so already keeps its text; closing events stay as they are. */
export function upcastTransform(registry: EventRegistry, source: NeighbourSource): EventTransform {
  const reader = new EventReader(registry, source);
  return async (stored) => {
    if (stored.type === STREAM_CLOSED_TYPE) return {};
    const read = await reader.read(stored);
    return read.map((event) => today(registry, event, stored));
  };
}

function today(registry: EventRegistry, event: object, stored: StoredEvent): TransformedEvent {
  const { type, data, schemaVersion } = registry.serialize(event);
  const metadata = parseMetadata(stored.metadata);
  if (type === stored.type && schemaVersion === metadata.schemaVersion) return {};
  return { type, data, metadata: serializeMetadata({ ...metadata, schemaVersion }) };
}
