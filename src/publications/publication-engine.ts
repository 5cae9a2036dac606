import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { Subscription } from '../subscriptions/subscription.js';
import { SubscriptionEngine } from '../subscriptions/subscription-engine.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import type { SubscriptionStatus } from '../subscriptions/subscription-status.js';
import { silentTelemetry } from '../telemetry/telemetry.js';
import { EventMapper } from './event-mapper.js';
import type { PublicationDefinition } from './publication-definition.js';
import { PublicationHandler, type TopicFault } from './publication-handler.js';
import type { TopicPublisher } from './topic-publisher.js';

const CALLER = 'publication';
const DEFAULT_PUBLISH_DEADLINE_MS = 8_000;

/** What runs a publication. Tuning and defaults: see `SubscriptionTuning` and `HandlerPolicy`. */
export interface PublicationEngineOptions extends Omit<
  SubscriptionOptions,
  'consumer' | 'transportConsumer' | 'caller' | 'handler' | 'order'
> {
  readonly publication: PublicationDefinition;
  /** Must know every event that the publication takes. */
  readonly events: EventRegistry;
  /** `ce-source` of its messages. */
  readonly source: string;
  readonly publisher: TopicPublisher;
  /** Milliseconds of one publish, 1..60,000, default 8,000. */
  readonly publishDeadlineMs?: number;
}

/** What is to be known of a publication besides its subscription. */
export interface PublicationFacts {
  readonly publication: string;
  readonly topic: string;
  /** Messages that the topic has taken from this instance, repeats included. */
  readonly messages: number;
  /** While the topic takes nothing: why not. */
  readonly topicFault?: TopicFault;
}

/** A publication as this instance sees it, in `status().engines`. */
export type PublicationStatus = SubscriptionStatus & PublicationFacts;

/** What a publication is called as a consumer of the log: by its cursors, by the transport, and where its parked streams are listed. */
export function publicationConsumer({ name }: Pick<PublicationDefinition, 'name'>): string {
  return `publish.${name}`;
}

/**
 * Runs one publication, together with the engines of other processes. Each integration event reaches its topic at least once; first occurrences of
 * a stream are in its order, and repeats have the same id and, as long as the code stays, the same bytes.
 *
 * An event whose mapping throws, or whose message the topic refuses for good, is tried again with backoff, and then its stream is parked for this
 * publication. While the topic cannot be reached, or is missing, its shards wait and try again without end: the log keeps what is to be published.
 *
 * Cost of a batch: its publishes and 1 Commit; +1 Read when the events come from the log; nothing where it takes none of the events. Throws
 * `EVENT_NOT_REGISTERED` and `OPTION_INVALID`.
 */
export function createPublicationEngine(options: PublicationEngineOptions): SubscriptionEngine<PublicationFacts> {
  const { publication, events: registry, source, publisher, publishDeadlineMs = DEFAULT_PUBLISH_DEADLINE_MS, ...rest } = options;
  const { store, clock, logger, leaseMs, telemetry = silentTelemetry } = rest;
  checkEventsKnown(publication, registry);
  checkWholeNumber(`${CALLER}.publishDeadlineMs`, publishDeadlineMs, { min: 1, max: 60_000 });
  const mapper = new EventMapper({ publication, events: registry, streams: store, source, clock, policy: options });
  const handler = new PublicationHandler({ mapper, publisher, store, telemetry, clock, logger, caller: CALLER, publishDeadlineMs });
  const consumer = publicationConsumer(publication);
  const { topic } = publisher;
  return new SubscriptionEngine({
    name: consumer,
    consumer,
    clock,
    leaseMs,
    create: () => new Subscription({ ...rest, consumer, transportConsumer: consumer, caller: CALLER, handler }),
    facts: () => ({
      publication: publication.name,
      topic,
      messages: handler.messages,
      ...(handler.fault && { topicFault: handler.fault }),
    }),
    unreachable: () => handler.fault && `topic ${topic}: ${handler.fault.message}`,
  });
}

function checkEventsKnown({ events }: PublicationDefinition, registry: EventRegistry): void {
  const known = new Set<unknown>(registry.events.map(({ type }) => type));
  const unknown = events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
}
