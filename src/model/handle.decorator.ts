import type { Constructor } from '../messages/constructor.js';
import type { StreamRequirement } from './aggregate-model.js';
import { notePairing } from './method-pairings.js';
import { assertMessageClass, ownerOf, pairedClass } from './paired-class.js';
import type { InferringMethodDecorator, MethodDecoratorFor } from './paired-method.js';

/** Options of `@Handle`. */
export interface HandleOptions {
  /**
   * `new`: the stream must have no events, else `STREAM_EXISTS`; `existing`: it must have some, else `STREAM_MISSING`;
   * `any`: the handler looks for itself. Default `existing`, since a command for a mistyped id should not begin a stream.
   */
  readonly stream?: StreamRequirement;
}

/** Default of {@link HandleOptions.stream}. */
export const DEFAULT_STREAM_REQUIREMENT: StreamRequirement = 'existing';

/**
 * Marks the method that decides on one command class. The method may be async and of any visibility; what it returns is
 * the value of the command's result; what it throws refuses the command. The class may be left out where the compiler emits decorator
 * metadata and reflect-metadata is imported first.
 *
 * A method that does not take the class does not compile. Throws when the class is defined: `HANDLER_CLASS_MISSING`,
 * `HANDLER_CLASS_DIFFERS`, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`, `DECORATOR_MISPLACED`. Inherited; a subclass may override the method, or
 * pair the command with another one.
 */
export function Handle<C extends object>(command: Constructor<C>, options?: HandleOptions): MethodDecoratorFor<readonly [C]>;
export function Handle(options?: HandleOptions): InferringMethodDecorator<readonly []>;
export function Handle(...given: [(Constructor | HandleOptions)?, HandleOptions?]): MethodDecorator {
  const [first, second] = given;
  const [command, options] = isOptions(first) ? [undefined, first] : [first, second];
  if (given.length > 0 && !isOptions(first)) assertMessageClass('@Handle', first);
  return (target, key, descriptor) => {
    const method = { decorator: '@Handle', target, key, descriptor };
    const owner = ownerOf(method);
    notePairing(owner, { decorator: '@Handle', method: key, type: pairedClass(method, command), options: options ?? {} });
  };
}

function isOptions(value: Constructor | HandleOptions | undefined): value is HandleOptions {
  return typeof value === 'object' && value !== null;
}
