import type { Constructor } from '../messages/constructor.js';
import { notePairing } from '../model/method-pairings.js';
import { assertMessageClass, ownerOf, pairedClass } from '../model/paired-class.js';
import type { HandlerDecoratorFor, InferringHandlerDecorator } from '../model/paired-method.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { ProjectionContext } from './projector-definition.js';

/** How `@On` is called in notes and errors. */
export const ON = '@On';

/**
 * Marks the method of a projector, consumer or process manager that takes one class of events: `method(event, context)`, which may be async. The
 * context is that of the class: `ProjectionContext`, `ConsumerContext`, `ProcessContext`. Several `@On`
 * on one method are fine; several methods for one event are not (`HANDLER_DUPLICATE`). A subclass inherits the handlers, and
 * replaces those for which it has its own. The policy says what is to be done when the method fails; what it leaves out is as its class says,
 * and its bounds are checked with the projector.
 *
 * The class may be left out where the compiler emits decorator metadata and reflect-metadata is imported first. A method that
 * does not take the class does not compile. Throws, when the class is defined, `HANDLER_CLASS_MISSING`,
 * `HANDLER_CLASS_DIFFERS`, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`, `DECORATOR_MISPLACED`.
 */
export function On<E extends object>(event: Constructor<E>, policy?: HandlerPolicy): HandlerDecoratorFor<E, ProjectionContext>;
export function On(): InferringHandlerDecorator<ProjectionContext>;
export function On(...named: [Constructor?, HandlerPolicy?]): MethodDecorator {
  const [event, options] = named;
  if (named.length > 0) assertMessageClass(ON, event);
  return (target, key, descriptor) => {
    const method = { decorator: ON, target, key, descriptor };
    const owner = ownerOf(method);
    notePairing(owner, { decorator: ON, method: key, type: pairedClass(method, event), options });
  };
}
