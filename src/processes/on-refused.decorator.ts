import type { Constructor } from '../messages/constructor.js';
import { notePairing } from '../model/method-pairings.js';
import { assertMessageClass, ownerOf } from '../model/paired-class.js';
import type { MethodDecoratorFor } from '../model/paired-method.js';
import type { CommandRefusal, ProcessContext } from './process-context.js';

/** How `@OnRefused` is called in notes and errors. */
export const ON_REFUSED = '@OnRefused';

/**
 * Marks the method of a process manager that decides when a command that it sent is refused while it runs: `method(refusal, context)`. The
 * refused command has had no effect, so that nothing of it is to be undone. Without such a method the process manager's `onRefused` counts.
 * Throws, when the class is defined, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`, `DECORATOR_MISPLACED`.
 */
export function OnRefused(command: Constructor): MethodDecoratorFor<readonly [CommandRefusal, ProcessContext]> {
  assertMessageClass(ON_REFUSED, command);
  return (target, key, descriptor) => {
    const method = { decorator: ON_REFUSED, target, key, descriptor };
    notePairing(ownerOf(method), { decorator: ON_REFUSED, method: key, type: command, options: undefined });
  };
}
