import type { Constructor } from '../messages/constructor.js';
import type { ApplyContext } from './aggregate-model.js';
import { notePairing } from './method-pairings.js';
import { assertMessageClass, ownerOf, pairedClass } from './paired-class.js';
import type { InferringMethodDecorator, MethodDecoratorFor } from './paired-method.js';

/** What an apply method may return: nothing to wait for. */
type AtOnce = void | undefined | null | boolean | number | string | { readonly then?: never };

/**
 * Marks the method that sets the state for one event class. It may be protected (or private, where
 * `noUnusedLocals` is off), must not wait, and must not record. It is called with the event and an `ApplyContext`. The class may be left out where the compiler emits decorator
 * metadata and reflect-metadata is imported first.
 *
 * A method that does not take the class does not compile. Throws when the class is defined: `HANDLER_CLASS_MISSING`,
 * `HANDLER_CLASS_DIFFERS`, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`, `DECORATOR_MISPLACED`. Inherited; a subclass may override the method, or
 * pair the event with another one.
 */
export function Apply<E extends object>(event: Constructor<E>): MethodDecoratorFor<readonly [E, ApplyContext], AtOnce>;
export function Apply(): InferringMethodDecorator<readonly [ApplyContext], AtOnce>;
export function Apply(...named: [Constructor?]): MethodDecorator {
  const [event] = named;
  if (named.length > 0) assertMessageClass('@Apply', event);
  return (target, key, descriptor) => {
    const method = { decorator: '@Apply', target, key, descriptor };
    const owner = ownerOf(method);
    notePairing(owner, { decorator: '@Apply', method: key, type: pairedClass(method, event), options: undefined });
  };
}
