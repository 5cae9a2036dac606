import type { Constructor } from '../messages/constructor.js';
import { notePairing } from '../model/method-pairings.js';
import { assertMessageClass, ownerOf, pairedClass } from '../model/paired-class.js';
import type { InferringMethodDecorator, MethodDecoratorFor } from '../model/paired-method.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { ProcessContext } from './process-context.js';

/** How `@StartsOn` is called in notes and errors. */
export const STARTS_ON = '@StartsOn';

/**
 * Marks the method of a process manager that begins a process: `method(event, context)`. It is called where there is no process of the event's
 * id yet; for one that is there the event counts only where an `@On` takes it too, so that a doubled beginning changes nothing. Otherwise
 * as `@On`. Throws, when the class is defined, `HANDLER_CLASS_MISSING`, `HANDLER_CLASS_DIFFERS`, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`,
 * `DECORATOR_MISPLACED`.
 */
export function StartsOn<E extends object>(event: Constructor<E>, policy?: HandlerPolicy): MethodDecoratorFor<readonly [E, ProcessContext]>;
export function StartsOn(): InferringMethodDecorator<readonly [ProcessContext]>;
export function StartsOn(...named: [Constructor?, HandlerPolicy?]): MethodDecorator {
  const [event, options] = named;
  if (named.length > 0) assertMessageClass(STARTS_ON, event);
  return (target, key, descriptor) => {
    const method = { decorator: STARTS_ON, target, key, descriptor };
    notePairing(ownerOf(method), { decorator: STARTS_ON, method: key, type: pairedClass(method, event), options });
  };
}
