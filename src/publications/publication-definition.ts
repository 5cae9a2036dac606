import type { Position } from '../event-store/position.js';
import type { Constructor } from '../messages/constructor.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';

/** An instance of an `@Event` class that is made for other systems. A promise is none, nor is a list. */
export type Published = object & { readonly then?: never; readonly [Symbol.iterator]?: never };

/** What a mapping gives: an integration event, several in order, or undefined where the event is nobody else's business. */
export type Mapped = Published | readonly Published[] | undefined;

/** What a mapping is told of its event. */
export interface PublicationContext {
  readonly streamId: string;
  readonly version: number;
  readonly shard: number;
  readonly position: Position;
  readonly eventId: string;
  /** When the store committed the event. */
  readonly time: Date;
  /** The whole of it; only correlation, cause and trace go to the topic. */
  readonly metadata: EventMetadata;
}

/**
 * A publication as the framework runs it. Its policy counts for mappings that do not say otherwise; what fails for good parks its stream for
 * this publication, unless it says `onError: 'stop'` or `'skip'`.
 */
export interface PublicationDefinition extends HandlerPolicy {
  readonly name: string;
  /** The name of a topic in `topics` of `Eventspan.open`. */
  readonly topic: string;
  /** Domain events it takes; others of the log pass it by. */
  readonly events: readonly Constructor[];
  /**
   * The classes of its integration events, where they are listed: then it publishes no others, and what reads definitions (contracts, docs) knows
   * them. They need not be listed elsewhere, since they are not stored.
   */
  readonly emits?: readonly Constructor[];
  /** What the mapping of a class says for itself. */
  policyOf?(event: Constructor): HandlerPolicy | undefined;
  /** Runs the mapping of the event's class. */
  map(event: object, context: PublicationContext): Mapped | Promise<Mapped>;
}
