import { consumerCursors } from '../consumers/consumer-definition.js';
import { dispatcherConsumer } from '../consumers/commands/dispatcher-consumer.js';
import type { ConsumerSettings } from '../messaging/transport.js';
import { processConsumer } from '../processes/process-stream.js';
import { projectionTransportConsumer } from '../projections/generation.js';
import { publicationConsumer } from '../publications/publication-engine.js';
import { feedConsumer, workSettings } from '../queues/queue-names.js';
import { topicSubscription } from '../inbox/topic-subscription.js';
import { compositionOf, type EventspanOptions } from './options.js';
import type { Registry } from './registry.js';

/** A consumer of a named topic. */
export interface TopicConsumer extends ConsumerSettings {
  readonly topic: string;
}

/** What a part of an application needs of its transports. */
export interface TransportNeeds {
  /** Consumers of the log, on the application's own transport. */
  readonly log?: readonly string[];
  /** Consumers of named topics. */
  readonly topics?: readonly TopicConsumer[];
}

type Part = (registry: Registry, options: EventspanOptions) => TransportNeeds;

/** A part with consumers adds a function here. */
const PARTS: readonly Part[] = [projections, publications, consumers, consumersOfTopics, processes, dispatcher, workQueues];

/** What all parts need, whatever the roles of this process. */
export function transportNeedsOf(registry: Registry, options: EventspanOptions): Required<TransportNeeds> {
  const needs = PARTS.map((part) => part(registry, options));
  return { log: needs.flatMap(({ log = [] }) => log), topics: needs.flatMap(({ topics = [] }) => topics) };
}

function projections({ projectors }: Registry): TransportNeeds {
  const live = [...projectors.values()].flat().filter(({ lifecycle }) => lifecycle !== 'inline');
  return { log: live.map(projectionTransportConsumer) };
}

function dispatcher({ handled }: Registry, options: EventspanOptions): TransportNeeds {
  if (options.dispatch === false || handled.size === 0) return {};
  return { log: [dispatcherConsumer(compositionOf({ ...options, roles: [] }).name)] };
}

function publications(registry: Registry): TransportNeeds {
  return { log: registry.publications.map(publicationConsumer) };
}

function consumers(registry: Registry): TransportNeeds {
  return { log: registry.consumers.map(consumerCursors) };
}

function processes(registry: Registry): TransportNeeds {
  return { log: registry.processManagers.map(({ name }) => processConsumer(name)) };
}

function workQueues({ queues }: Registry): TransportNeeds {
  const topics = queues.flatMap((queue) => (queue.topic === undefined ? [] : [{ ...workSettings(queue), topic: queue.topic }]));
  return { log: queues.map(({ name }) => feedConsumer(name)), topics };
}

function consumersOfTopics({ topicConsumers }: Registry): TransportNeeds {
  const pulled = topicConsumers.filter(({ delivery }) => delivery !== 'push');
  return { topics: pulled.map((consumer) => ({ topic: consumer.topic, ...topicSubscription(consumer) })) };
}
