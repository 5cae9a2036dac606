import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { describeEventClass } from '../messages/event.decorator.js';
import { checkPolicy } from '../subscriptions/handler-policy.js';
import type { PublicationDefinition } from './publication-definition.js';

/** Shorter than other names: consumer and subscription names are made of it. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;

/** Throws `NAME_INVALID`; `what` names the owner in the message. */
export function assertPublicationName(name: unknown, what: string): void {
  if (typeof name !== 'string' || !NAME.test(name)) throw new EventspanError('NAME_INVALID', { value: String(name), what });
}

/**
 * Throws `NAME_INVALID`, `PUBLICATION_INVALID`, `CLASS_NOT_DECORATED` for an integration event without `@Event`, and `OPTION_INVALID` for a policy
 * out of bounds; answers the definition.
 */
export function checkPublication(definition: PublicationDefinition): PublicationDefinition {
  const { name, topic, events, emits = [] } = definition;
  assertPublicationName(name, 'a publication');
  assertPublicationName(topic, `the topic of the publication ${name}`);
  const reason = reasonAgainst(events) ?? reasonAgainstEmitted(emits);
  if (reason !== undefined) throw publicationInvalid(name, reason);
  checkPolicy(`publication ${name}`, definition);
  for (const event of events) checkPolicy(`publication ${name}.publish(${event.name})`, definition, definition.policyOf?.(event));
  return definition;
}

export function publicationInvalid(publication: string, reason: string): EventspanError {
  return new EventspanError('PUBLICATION_INVALID', { publication, reason });
}

function reasonAgainst(events: readonly Constructor[]): string | undefined {
  if (events.length === 0) return 'it publishes no event; mark a method with @Publishes(EventClass)';
  const twice = events.find((event, at) => events.indexOf(event) < at);
  return twice === undefined ? undefined : `it has two mappings for ${twice.name}`;
}

function reasonAgainstEmitted(emits: readonly Constructor[]): string | undefined {
  const labels = emits.map(describeEventClass).map(({ name, version }) => `${name} version ${version}`);
  const twice = labels.find((label, at) => labels.indexOf(label) < at);
  return twice === undefined ? undefined : `it emits ${twice} twice`;
}
