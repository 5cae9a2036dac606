import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { ConsumerSettings, TransportProvider } from '../messaging/transport.js';
import { systemEnvironment } from './environment.js';
import { providerNamed } from './open-topics.js';
import { compositionOf, type EventspanOptions } from './options.js';
import { createRegistry } from './registry.js';
import { transportNeedsOf } from './transport-needs.js';

/**
 * Makes everything exist that an application needs of its transports: the topic of its log and its named topics, with the subscriptions of all
 * its consumers and their dead letters; compares what is there, and changes what can be changed. Nothing is opened. For `eventspan ensure`, and
 * before the first start of applications that talk through `inProcess()` topics, so that nothing is published before its consumers are known.
 * Idempotent. Answers what it did, a line each. Throws `SUBSCRIPTION_DIFFERS`, `TOPIC_UNKNOWN`, `TRANSPORT_UNAVAILABLE`, and what `Eventspan.open`
 * checks.
 */
export async function ensureTransports(
  options: EventspanOptions,
  environment: AdapterEnvironment = systemEnvironment(),
): Promise<readonly string[]> {
  compositionOf({ ...options, roles: [] });
  const { transport, topics = {} } = options;
  const needs = transportNeedsOf(createRegistry(options), options);
  const byTopic = new Map<string, ConsumerSettings[]>(Object.keys(topics).map((name) => [name, []]));
  for (const { topic, ...settings } of needs.topics) {
    providerNamed(topics, topic, `the consumer ${settings.consumer}`);
    byTopic.get(topic)?.push(settings);
  }
  const wanted: (readonly [TransportProvider, readonly (string | ConsumerSettings)[]])[] = [
    ...(transport === undefined ? [] : [[transport, [...new Set(needs.log)]] as const]),
    ...[...byTopic].map(([name, consumers]) => [providerNamed(topics, name, 'ensure'), consumers] as const),
  ];
  const done: string[] = [];
  for (const [provider, consumers] of wanted) done.push(...(await provider.ensure(environment, consumers)));
  return done;
}
