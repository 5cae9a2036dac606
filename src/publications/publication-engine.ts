import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { Subscription } from '../subscriptions/subscription.js';
import { DEFAULT_SUBSCRIPTION_TUNING, type SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { observeSubscription, subscriptionVitals } from '../subscriptions/subscription-signals.js';
import type { SubscriptionStatus } from '../subscriptions/subscription-status.js';
import type { Observe } from '../telemetry/metrics.js';
import { silentTelemetry } from '../telemetry/telemetry.js';
import type { Vitals } from '../telemetry/vitals.js';
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

/** A publication as this instance sees it. */
export interface PublicationStatus extends SubscriptionStatus {
  readonly publication: string;
  readonly topic: string;
  /** Messages that the topic has taken from this instance, repeats included. */
  readonly messages: number;
  /** While the topic takes nothing: why not. */
  readonly topicFault?: TopicFault;
}

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
 * Cost of a batch: its publishes and 1 Commit; +1 Read when the events come from the log.
 */
export class PublicationEngine {
  readonly name: string;
  private subscription: Subscription;
  private readonly handler: PublicationHandler;

  /** Throws `EVENT_NOT_REGISTERED` and `OPTION_INVALID`. */
  constructor(private readonly options: PublicationEngineOptions) {
    const { publication, events, store, source, publisher, clock, logger, telemetry = silentTelemetry } = options;
    const { publishDeadlineMs = DEFAULT_PUBLISH_DEADLINE_MS } = options;
    checkEventsKnown(publication, events);
    checkWholeNumber(`${CALLER}.publishDeadlineMs`, publishDeadlineMs, { min: 1, max: 60_000 });
    this.name = publicationConsumer(publication);
    const mapper = new EventMapper({ publication, events, streams: store, source, clock, policy: options });
    this.handler = new PublicationHandler({ mapper, publisher, store, telemetry, clock, logger, caller: CALLER, publishDeadlineMs });
    this.subscription = this.newSubscription();
  }

  /** May be called again after `stop`. Throws `APP_NOT_RUNNING` while it runs, `TRANSPORT_UNAVAILABLE`, `SUBSCRIPTION_DIFFERS`. */
  async start(): Promise<void> {
    if (this.subscription.status().state === 'stopped') this.subscription = this.newSubscription();
    await this.subscription.start();
  }

  /** Finishes the batches in hand, or gives them up after `deadlineMs` (default 10,000), and releases the shards. Never throws. */
  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.subscription.stop(options);
  }

  status(): PublicationStatus {
    const { publication, publisher } = this.options;
    const { messages, fault } = this.handler;
    const topic = { publication: publication.name, topic: publisher.topic, messages, ...(fault && { topicFault: fault }) };
    return { ...topic, ...this.subscription.status() };
  }

  signals(observe: Observe): void {
    observeSubscription({ consumer: this.name, nowMs: this.options.clock.now() }, this.subscription.status(), observe);
  }

  vitals(): readonly Vitals[] {
    const { leaseMs = DEFAULT_SUBSCRIPTION_TUNING.leaseMs } = this.options;
    const { fault } = this.handler;
    const vitals = subscriptionVitals({ consumer: this.name, leaseMs }, this.subscription.status());
    return [fault === undefined ? vitals : { ...vitals, unreachable: `topic ${this.options.publisher.topic}: ${fault.message}` }];
  }

  private newSubscription(): Subscription {
    const { publication: _, events: __, source: ___, publisher: ____, publishDeadlineMs: _____, ...options } = this.options;
    return new Subscription({ ...options, consumer: this.name, transportConsumer: this.name, caller: CALLER, handler: this.handler });
  }
}

function checkEventsKnown({ events }: PublicationDefinition, registry: EventRegistry): void {
  const known = new Set<unknown>(registry.events.map(({ type }) => type));
  const unknown = events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
}
