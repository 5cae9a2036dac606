import type { Constructor } from '../messages/constructor.js';
import { pairingsOf } from '../model/method-pairings.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkPublication, publicationInvalid } from './check-publication.js';
import type { Mapped, PublicationContext, PublicationDefinition } from './publication-definition.js';
import { describePublisherClass } from './publisher.decorator.js';
import { PUBLISHES } from './publishes.decorator.js';

/** What may be listed as a publication: a class with `@Publisher`, an instance of one, or what `publication` returned. */
export type PublicationSource = Constructor | PublicationDefinition | object;

type Mapping = (event: object, context: PublicationContext) => Mapped | Promise<Mapped>;

/** Throws what a publication is checked for, and `PUBLICATION_INVALID` for a class whose constructor takes arguments. */
export function publicationDefinitionOf(source: PublicationSource): PublicationDefinition {
  if (isDefinition(source)) return checkPublication(source);
  const instance = instanceOf(source);
  const type = instance.constructor as Constructor;
  const mappings = pairingsOf<HandlerPolicy | undefined>(type, PUBLISHES);
  return checkPublication({
    ...describePublisherClass(type),
    events: [...mappings.keys()],
    policyOf: (event) => mappings.get(event)?.options,
    map: (event, context) => {
      const method = mappings.get(event.constructor as Constructor)?.method;
      return method === undefined ? undefined : (instance as Record<string | symbol, Mapping>)[method]?.(event, context);
    },
  });
}

function isDefinition(source: PublicationSource): source is PublicationDefinition {
  return typeof source === 'object' && Object.getPrototypeOf(source) === Object.prototype && 'map' in source;
}

function instanceOf(source: Constructor | object): object {
  if (typeof source === 'object' && source !== null) return source;
  const type = source as new () => object;
  const { name } = describePublisherClass(type);
  if (type.length === 0) return new type();
  throw publicationInvalid(name, `the constructor of ${type.name} takes arguments; pass an instance of it`);
}
