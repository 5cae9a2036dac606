import { EventspanError } from '../errors/eventspan-error.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { PublicationContext } from './publication-definition.js';

/** The context of one event. Throws `PAYLOAD_UNREADABLE` where its metadata is not JSON. */
export function mappingContextOf(event: StoredEvent): PublicationContext {
  const { streamId, version, shard, position, eventId } = event;
  return { streamId, version, shard, position, eventId, time: new Date(commitTimeOf(event)), metadata: metadataOf(event) };
}

function metadataOf({ metadata, type }: StoredEvent): EventMetadata {
  try {
    return JSON.parse(metadata) as EventMetadata;
  } catch (cause) {
    throw new EventspanError('PAYLOAD_UNREADABLE', { type, path: 'metadata', reason: 'it is not JSON' }, { cause });
  }
}
