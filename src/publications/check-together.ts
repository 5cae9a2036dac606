import { publicationInvalid } from './check-publication.js';
import type { PublicationDefinition } from './publication-definition.js';

/**
 * Throws `PUBLICATION_INVALID` for two of one name, and for two that publish the same event to the same topic: both messages would have its id, and
 * whoever reads them would take the second for a repeat of the first.
 */
export function checkTogether(publications: readonly PublicationDefinition[]): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const { name, topic, events } of publications) {
    if (names.has(name)) throw publicationInvalid(name, 'another has its name');
    names.add(name);
    for (const event of events) {
      const key = `${topic}/${event.name}`;
      const other = owners.get(key);
      if (other !== undefined) throw publicationInvalid(name, `${other} publishes ${event.name} to the topic ${topic} too`);
      owners.set(key, name);
    }
  }
}
