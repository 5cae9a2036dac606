import { EventspanError } from '../errors/eventspan-error.js';
import { ClassNote } from '../messages/class-note.js';
import { describeCommandClass } from '../messages/command.decorator.js';
import type { Constructor } from '../messages/constructor.js';
import type { CommandHandlerDefinition, CommandHandlerObject } from './command-handler.js';

const notes = new ClassNote<{ readonly type: Constructor }>('CommandHandler');

/**
 * Marks a class whose `execute(command, context)` carries a command out; the application lists instances, made with whatever they
 * need. A class whose `execute` takes another command does not compile. It runs as `commandHandler` functions do.
 *
 * Throws, when the class is defined, `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @CommandHandler(TransferMoney)
 * class TransferMoneyHandler {
 *   constructor(private readonly limits: LimitService) {}
 *   async execute(command: TransferMoney, { repository }: CommandContext) { ... }
 * }
 * // Eventspan.open({ commandHandlers: [new TransferMoneyHandler(limits)] })
 * ```
 */
export function CommandHandler<C extends object>(
  type: Constructor<C>,
): (handler: Constructor<CommandHandlerObject<C>>, context?: unknown) => void {
  return (handler) => notes.write(handler, { type });
}

/** What `commandHandler` gave, or the definition of an instance. Throws `COMMAND_HANDLER_INVALID`, `CLASS_NOT_DECORATED`. */
export function commandHandlerOf(handler: object): CommandHandlerDefinition {
  if (isDefinition(handler)) return handler;
  if (!hasExecute(handler)) throw new EventspanError('COMMAND_HANDLER_INVALID', { handler: nameOf(handler) });
  const { type } = notes.read(handler.constructor as Constructor);
  return {
    kind: 'command-handler',
    command: describeCommandClass(type),
    label: nameOf(handler),
    execute: (command, context) => handler.execute(command, context),
  };
}

function isDefinition(handler: object): handler is CommandHandlerDefinition {
  return 'kind' in handler && handler.kind === 'command-handler';
}

function hasExecute(handler: object): handler is CommandHandlerObject<object> {
  return typeof handler === 'object' && handler !== null && 'execute' in handler && typeof handler.execute === 'function';
}

function nameOf(handler: unknown): string {
  if (typeof handler === 'function') return `the class ${handler.name}`;
  return typeof handler === 'object' && handler !== null ? handler.constructor.name : String(handler);
}
