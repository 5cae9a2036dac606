import type { EventMetadata } from '../../messages/metadata.js';

/** Where events of a projector spec come from; everything may be left out. */
export interface GivenIn {
  /** Default `stream-1`. */
  readonly streamId?: string;
  readonly metadata?: Partial<EventMetadata>;
  /** When the store commits them; not before the events given earlier. Default: the time of the event before. */
  readonly at?: Date;
}

/** Events with where they come from. */
export interface GivenEvents extends GivenIn {
  readonly events: readonly object[];
}
