import { resolveConsumer, resolveSubscriber, type ResolvedConsumer } from '../messaging/consumer-settings.js';
import type { ConsumerSettings, RedeliveryOptions, SubscribeOptions } from '../messaging/transport.js';
import type { PubSubSettings } from './pubsub-options.js';
import { subscriptionName, topicName } from './resource-names.js';

/** Where the messages of a subscription go that were delivered too often. */
export interface DeadLetterPlan {
  /** `projects/<project>/topics/<id>` */
  readonly topic: string;
  /** `projects/<project>/subscriptions/<id>`: what keeps them. */
  readonly subscription: string;
  readonly maxAttempts: number;
}

/** A subscription as its consumer needs it. */
export interface SubscriptionPlan {
  /** `projects/<project>/subscriptions/<id>` */
  readonly name: string;
  /** `projects/<project>/topics/<id>` */
  readonly topic: string;
  readonly ordered: boolean;
  /** In the language of Pub/Sub; empty: none. */
  readonly filter: string;
  readonly retry?: RedeliveryOptions;
  readonly deadLetters?: DeadLetterPlan;
}

/** Source: "Filter messages from a subscription", Pub/Sub documentation. A longer one is left to the subscriber. */
const MAX_FILTER_BYTES = 256;

/** Throws `OPTION_INVALID`. */
export function planSubscription(settings: PubSubSettings, given: string | ConsumerSettings): SubscriptionPlan {
  const consumer = resolveConsumer(given);
  const deadLetters = deadLettersOf(settings, consumer);
  return {
    name: settings.subscriptionOf(consumer.consumer),
    topic: settings.topic,
    ordered: consumer.ordered,
    filter: filterOf(consumer),
    ...(consumer.retry !== undefined && { retry: consumer.retry }),
    ...(deadLetters !== undefined && { deadLetters }),
  };
}

/** The subscription that a subscriber reads: its consumer's, or the one that keeps its dead letters. Throws `OPTION_INVALID`. */
export function planSubscriber(settings: PubSubSettings, options: SubscribeOptions): SubscriptionPlan {
  const deadLetters = options.from === 'dead-letters' ? deadLettersOf(settings, resolveSubscriber(options)) : undefined;
  return deadLetters === undefined ? planSubscription(settings, options) : planDeadLetters(deadLetters);
}

/** The subscription that keeps dead letters. */
export function planDeadLetters({ topic, subscription: name }: DeadLetterPlan): SubscriptionPlan {
  return { name, topic, ordered: false, filter: '' };
}

function deadLettersOf(settings: PubSubSettings, { consumer, deadLetter }: ResolvedConsumer): DeadLetterPlan | undefined {
  if (deadLetter === undefined) return undefined;
  const { project } = settings;
  const id = deadLetter.topic ?? `${settings.subscriptionOf(consumer).split('/').at(-1) ?? ''}.dead-letters`;
  return { topic: topicName(project, id), subscription: subscriptionName(project, id), maxAttempts: deadLetter.maxAttempts };
}

function filterOf({ types }: ResolvedConsumer): string {
  const filter = (types ?? []).map((type) => `attributes.ce-type = ${JSON.stringify(type)}`).join(' OR ');
  return Buffer.byteLength(filter) <= MAX_FILTER_BYTES ? filter : '';
}
