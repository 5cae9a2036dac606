import type { ConsumerSettings, TransportProvider } from '../messaging/transport.js';
import { providerNamed } from './open-topics.js';
import type { EventspanOptions } from './options.js';
import type { Registry } from './registry.js';
import { transportNeedsOf } from './transport-needs.js';

/** One of an application's transports, and what consumes from it. */
export interface TransportPlan {
  /** `transport`, or `topics.<name>`. */
  readonly label: string;
  readonly provider: TransportProvider;
  readonly consumers: readonly (string | ConsumerSettings)[];
}

/** The transport of an application's log and its named topics, with all their consumers, whatever the roles. Throws `TOPIC_UNKNOWN`. */
export function transportPlans(options: EventspanOptions, registry: Registry): readonly TransportPlan[] {
  const { transport, topics = {} } = options;
  const needs = transportNeedsOf(registry, options);
  const byTopic = new Map<string, ConsumerSettings[]>(Object.keys(topics).map((name) => [name, []]));
  for (const { topic, ...settings } of needs.topics) {
    providerNamed(topics, topic, `the consumer ${settings.consumer}`);
    byTopic.get(topic)?.push(settings);
  }
  const log = transport === undefined ? [] : [{ label: 'transport', provider: transport, consumers: [...new Set(needs.log)] }];
  return [
    ...log,
    ...[...byTopic].map(([name, consumers]) => ({ label: `topics.${name}`, provider: providerNamed(topics, name, 'ensure'), consumers })),
  ];
}
