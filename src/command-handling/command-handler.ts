import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import { describeCommandClass } from '../messages/command.decorator.js';
import type { CommandDescription } from '../messages/command-description.js';
import type { Constructor } from '../messages/constructor.js';
import type { EnqueueOptions, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { CommandRepository } from './command-repository.js';

/** What a plain command handler is given beside the command. */
export interface CommandContext {
  /** Loads aggregates, and collects what is to be appended; all of it is written in one atomic append when the handler is done. */
  readonly repository: CommandRepository;
  readonly commandId: string;
  /** What all events of the command will carry. */
  readonly metadata: CommonMetadata;
  /** As the caller gave it; the handler makes of it what it will. */
  readonly expectedVersion: ExpectedVersion | undefined;
  /** 1, and 1 more each time the handler runs again because of a conflict. */
  readonly attempt: number;
  /** Fires when the command's deadline is over or its caller gives it up; nothing is appended then. */
  readonly signal: AbortSignal;
  /**
   * Puts a task into its work queue in the command's own commit; answers its id. Where the command is known by its id, a repeat enqueues
   * nothing. Throws `OUTGOING_UNCONFIGURED` on a bus without an application, and as `app.enqueue`.
   */
  readonly enqueue: (task: object, options?: EnqueueOptions) => string;
  /** Schedules a message (an `@Event`) in the command's own commit. Throws `OUTGOING_UNCONFIGURED`, and as `app.timers.schedule`. */
  readonly schedule: (message: object, due: TimerDue) => TimerReference;
}

/** A function that carries a command out. What it returns is the value of the command's result; what it throws refuses the command. */
export type CommandHandlerFunction<C extends object> = (command: C, context: CommandContext) => unknown;

/** A class whose instances carry a command out. */
export interface CommandHandlerObject<C extends object> {
  /** A property and not a method, so that the compiler refuses one that takes another command. */
  readonly execute: CommandHandlerFunction<C>;
}

/** A plain command handler as the bus runs it. */
export interface CommandHandlerDefinition {
  readonly kind: 'command-handler';
  readonly command: CommandDescription;
  /** What errors call it. */
  readonly label: string;
  execute(command: object, context: CommandContext): unknown;
}

/**
 * A plain handler: a function with its own dependencies, for commands that no single aggregate decides. It runs again after a
 * conflict, so effects elsewhere belong behind the events. Throws `CLASS_NOT_DECORATED` when the command class has no `@Command`.
 *
 * ```ts
 * commandHandler(TransferMoney, async (command, { repository }) => {
 *   const from = await repository.load(Account, command.from);
 *   const to = await repository.load(Account, command.to);
 *   from.aggregate.withdraw(command.amount);
 *   to.aggregate.deposit(command.amount);
 *   repository.save(from);
 *   repository.save(to);
 * });
 * ```
 */
export function commandHandler<C extends object>(type: Constructor<C>, handler: CommandHandlerFunction<C>): CommandHandlerDefinition {
  return {
    kind: 'command-handler',
    command: describeCommandClass(type),
    label: `commandHandler(${type.name})`,
    execute: (command, context) => handler(command as C, context),
  };
}
