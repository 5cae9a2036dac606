import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import { assertConsumerName } from './check-consumer.js';
import type { ConsumerOptions, TopicConsumerOptions } from './consumer-definition.js';

/** What `@Consumer` noted on a class. */
export type ConsumerNote = { readonly name: string } & (ConsumerOptions | TopicConsumerOptions);

const notes = new ClassNote<ConsumerNote>('Consumer');

/**
 * Describes a class as a consumer of the log, or with `topic` of a topic that other systems write: its `@On` methods take events and bring something
 * about, each event once. It registers nothing. The name
 * is for good: it names the cursors. Letter first, then letters, digits, dots, dashes, underscores; at most 100. Throws, when the class is
 * defined, `NAME_INVALID` and `CLASS_DECORATED_TWICE`.
 */
export function Consumer(
  name: string,
  options: ConsumerOptions | TopicConsumerOptions = {},
): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertConsumerName(name, `@Consumer on ${type.name}`);
    notes.write(type, { name, ...options });
  };
}

/** What `@Consumer` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeConsumerClass(type: Constructor): ConsumerNote {
  return notes.read(type);
}
