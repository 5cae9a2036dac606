import { createPublicationEngine } from '../publications/publication-engine.js';
import { TopicPublisher } from '../publications/topic-publisher.js';
import { KeyMutex } from '../support/key-mutex.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import { topicNamed } from './open-topics.js';
import { commonSubscriptionOptions } from './subscription-parts.js';

/** The publications of a process with the role `consumers`. Throws `TOPIC_UNKNOWN`, `OPTION_INVALID`, `EVENT_NOT_REGISTERED`. */
export function createPublications(parts: EngineParts): readonly AppEngine[] {
  const { composition, registry, topics, options } = parts;
  if (!composition.roles.has('consumers')) return [];
  const keys = new Map<string, KeyMutex>();
  return registry.publications.map((publication) => {
    const { name, topic } = publication;
    const lanes = keys.get(topic) ?? new KeyMutex();
    keys.set(topic, lanes);
    return createPublicationEngine({
      ...options.publishing,
      ...commonSubscriptionOptions(parts),
      publication,
      publisher: new TopicPublisher(topic, topicNamed(topics, topic, `the publication ${name}`), lanes),
      events: registry.events,
      source: composition.name,
    });
  });
}
