import { EventspanError } from '../errors/eventspan-error.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Transport, TransportProvider } from '../messaging/transport.js';
import type { Composition, EventspanOptions } from './options.js';

export type Topics = ReadonlyMap<string, Transport>;

/** Opens all topics, where the process has the role `consumers`; where one cannot be opened, none stays open. */
export async function openTopics(
  { roles }: Pick<Composition, 'roles'>,
  { topics: providers = {} }: Pick<EventspanOptions, 'topics'>,
  environment: AdapterEnvironment,
): Promise<Topics> {
  const topics = new Map<string, Transport>();
  if (!roles.has('consumers')) return topics;
  try {
    for (const [name, provider] of Object.entries(providers)) topics.set(name, await provider.open(environment));
    return topics;
  } catch (error) {
    await closeTopics(topics);
    throw error;
  }
}

export async function closeTopics(topics: Topics): Promise<void> {
  await Promise.all([...topics.values()].map((topic) => topic.close()));
}

/** The open topic of this name. Throws `TOPIC_UNKNOWN`; `usedBy` says who needs it. */
export function topicNamed(topics: Topics, topic: string, usedBy: string): Transport {
  return topics.get(topic) ?? unknown(topic, usedBy, [...topics.keys()]);
}

/** The provider of this name. Throws `TOPIC_UNKNOWN`; `usedBy` says who needs it. */
export function providerNamed(providers: Readonly<Record<string, TransportProvider>>, topic: string, usedBy: string): TransportProvider {
  const found = Object.hasOwn(providers, topic) ? providers[topic] : undefined;
  return found ?? unknown(topic, usedBy, Object.keys(providers));
}

function unknown(topic: string, usedBy: string, known: readonly string[]): never {
  throw new EventspanError('TOPIC_UNKNOWN', { topic, usedBy, known: known.length === 0 ? 'none' : known });
}
