import { parseMetadata } from '../metadata-json.js';
import type { EventMetadata } from '../metadata.js';

/** A stored event as far as reading its payload needs it; the event store's own type fits. */
export interface StoredRecord {
  readonly eventId: string;
  /** The wire name it was stored under. */
  readonly type: string;
  /** JSON text. */
  readonly data: string;
  /** JSON text. */
  readonly metadata: string;
  readonly streamId: string;
  readonly version: number;
  readonly position: string;
}

/** What an upcaster may look at besides the payload: the facts of the stored event. For a merge, those of the last of the events. */
export interface UpcastContext {
  /** The wire name it was stored under. */
  readonly type: string;
  readonly eventId: string;
  readonly streamId: string;
  /** Place in its stream, from 1. */
  readonly version: number;
  /** Place in its shard's log. */
  readonly position: string;
  /** Read when first asked for. */
  readonly metadata: EventMetadata;
}

export function contextOf(stored: StoredRecord): UpcastContext {
  const { type, eventId, streamId, version, position } = stored;
  let parsed: EventMetadata | undefined;
  return {
    type,
    eventId,
    streamId,
    version,
    position,
    get metadata(): EventMetadata {
      parsed ??= parseMetadata(stored.metadata);
      return parsed;
    },
  };
}
