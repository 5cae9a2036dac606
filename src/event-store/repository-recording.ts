import type { EventRegistry } from '../messages/event-registry.js';
import type { EventMetadata } from '../messages/metadata.js';
import { serializeMetadata } from '../messages/metadata-json.js';
import type { Clock } from '../support/clock.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import type { EventToAppend } from './stored-event.js';

/** What is the same for all events of one append; the recorder adds `time` and `schemaVersion`. */
export interface CommonMetadata {
  readonly correlationId: string;
  readonly [name: string]: unknown;
}

/** More metadata for one event; cannot replace what the framework sets. */
export type ExtraMetadata = (metadata: EventMetadata, event: object) => Readonly<Record<string, unknown>> | undefined;

export interface EventRecordingOptions {
  readonly events: EventRegistry;
  readonly clock: Clock;
  readonly ids: IdGenerator;
}

/** Turns new events into what a store appends: a fresh id, the payload's text, the metadata's text. */
export class EventRecording {
  constructor(private readonly options: EventRecordingOptions) {}

  /**
   * Metadata is checked and written once for the events that share it.
   * Throws `EVENT_NOT_REGISTERED`, `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`, and what `extra` throws.
   */
  record(events: readonly object[], common: CommonMetadata, extra?: ExtraMetadata): EventToAppend[] {
    const { events: registry, clock, ids } = this.options;
    const time = new Date(clock.now()).toISOString();
    const shared = new Map<number, string>();
    const metadataText = (event: object, schemaVersion: number): string => {
      const metadata: EventMetadata = { ...common, time, schemaVersion };
      if (extra !== undefined) return serializeMetadata({ ...extra(metadata, event), ...metadata });
      const text = shared.get(schemaVersion) ?? serializeMetadata(metadata);
      shared.set(schemaVersion, text);
      return text;
    };
    return events.map((event) => {
      const { type, data, schemaVersion } = registry.serialize(event);
      return { eventId: ids(), type, data, metadata: metadataText(event, schemaVersion) };
    });
  }
}
