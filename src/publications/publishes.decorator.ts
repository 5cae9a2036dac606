import type { Constructor } from '../messages/constructor.js';
import { notePairing } from '../model/method-pairings.js';
import { assertMessageClass, ownerOf, pairedClass } from '../model/paired-class.js';
import type { InferringMethodDecorator, MethodDecoratorFor } from '../model/paired-method.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { Mapped, PublicationContext } from './publication-definition.js';

/** How `@Publishes` is called in notes and errors. */
export const PUBLISHES = '@Publishes';

type Result = Mapped | Promise<Mapped>;

/**
 * Marks the method of a publication that maps one class of domain events: `method(event, context)`, which answers the integration event, several,
 * or undefined, and may be async. Inheritance, the class left out, and errors are as with `@On`. The policy says what is to be done when the method
 * fails; what it leaves out is as `@Publisher` says.
 */
export function Publishes<E extends object>(
  event: Constructor<E>,
  policy?: HandlerPolicy,
): MethodDecoratorFor<readonly [E, PublicationContext], Result>;
export function Publishes(): InferringMethodDecorator<readonly [PublicationContext], Result>;
export function Publishes(...named: [Constructor?, HandlerPolicy?]): MethodDecorator {
  const [event, options] = named;
  if (named.length > 0) assertMessageClass(PUBLISHES, event);
  return (target, key, descriptor) => {
    const method = { decorator: PUBLISHES, target, key, descriptor };
    const owner = ownerOf(method);
    notePairing(owner, { decorator: PUBLISHES, method: key, type: pairedClass(method, event), options });
  };
}
