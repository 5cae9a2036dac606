import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { assertPublicationName } from './check-publication.js';
import type { PublicationDefinition } from './publication-definition.js';

/** What `@Publisher` says besides the name; with what is to be done when a mapping fails, unless the mapping says otherwise. */
export interface PublisherOptions extends HandlerPolicy, Pick<PublicationDefinition, 'topic' | 'emits'> {}

/** What `@Publisher` noted on a class. */
export interface PublisherNote extends PublisherOptions {
  readonly name: string;
}

const notes = new ClassNote<PublisherNote>('Publisher');

/**
 * Describes a class as a publication: its `@Publishes` methods map domain events to integration events for a topic. It registers nothing. The
 * name is the publication's for good: it names its cursors. Letter first, then letters, digits, dots, dashes, underscores; at most 100.
 * Throws, when the class is defined, `NAME_INVALID` and `CLASS_DECORATED_TWICE`.
 */
export function Publisher(name: string, options: PublisherOptions): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertPublicationName(name, `@Publisher on ${type.name}`);
    notes.write(type, { name, ...options });
  };
}

/** What `@Publisher` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describePublisherClass(type: Constructor): PublisherNote {
  return notes.read(type);
}
