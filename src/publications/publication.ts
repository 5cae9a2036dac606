import type { Constructor } from '../messages/constructor.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkPublication } from './check-publication.js';
import type { Mapped, PublicationContext, PublicationDefinition } from './publication-definition.js';
import type { PublisherOptions } from './publisher.decorator.js';

/** The mapping of one class of domain events; made with {@link publish}. */
export interface EventMapping {
  readonly event: Constructor;
  readonly map: (event: object, context: PublicationContext) => Mapped | Promise<Mapped>;
  readonly policy?: HandlerPolicy;
}

/**
 * Pairs a class of domain events with the function that maps it, for {@link publication}; the compiler checks that they fit. The policy says what is
 * to be done when the function fails; what it leaves out is as the publication says.
 */
export function publish<E extends object>(
  event: Constructor<E>,
  map: (event: E, context: PublicationContext) => Mapped | Promise<Mapped>,
  policy?: HandlerPolicy,
): EventMapping {
  return { event, map: map as EventMapping['map'], ...(policy !== undefined && { policy }) };
}

/**
 * A publication: tells other systems, on a topic, what of this system's events is their business, in classes made for them. The functional twin
 * of `@Publisher`. Throws `NAME_INVALID`, `PUBLICATION_INVALID`, `CLASS_NOT_DECORATED`, and `OPTION_INVALID` for a policy out of bounds.
 *
 *     publication({ name: 'orders-public', topic: 'orders', events: [publish(OrderPlaced, (event) => new OrderPlacedV1(event.id))] })
 */
export function publication(
  options: PublisherOptions & { readonly name: string; readonly events: readonly EventMapping[] },
): PublicationDefinition {
  const { events: mappings, ...note } = options;
  const byEvent = new Map(mappings.map((mapping) => [mapping.event, mapping]));
  return checkPublication({
    ...note,
    events: mappings.map(({ event }) => event),
    policyOf: (event) => byEvent.get(event)?.policy,
    map: (event, context) => byEvent.get(event.constructor as Constructor)?.map(event, context),
  });
}
