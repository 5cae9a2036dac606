import { ClassNote } from './class-note.js';
import type { CommandDescription } from './command-description.js';
import type { Constructor } from './constructor.js';
import { assertWireName } from './wire-name.js';

const notes = new ClassNote<CommandDescription>('Command');

export interface CommandOptions<C extends object> {
  /** The id of the aggregate the command is for. Required by `@Handle`; leave it out when a plain handler takes the command. */
  readonly aggregateId?: (command: C) => string;
}

/**
 * Describes a class as a command called `name` (characters as in `@Event`). It only describes; a subclass needs its own.
 * The parameter of `aggregateId` is checked against the class by the compiler.
 *
 * Throws, when the class is defined, `NAME_INVALID`, `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @Command('loan.submit', { aggregateId: (command: SubmitLoan) => command.loanId })
 * class SubmitLoan { constructor(readonly loanId: string, readonly amount: number) {} }
 * ```
 */
export function Command<C extends object>(
  name: string,
  options: CommandOptions<C> = {},
): (type: Constructor<C>, context?: unknown) => void {
  return (type) => {
    assertWireName(name, `@Command on ${type.name}`);
    const { aggregateId } = options;
    notes.write(type, { name, type, ...(aggregateId && { aggregateId: aggregateId as (command: object) => string }) });
  };
}

/** What `@Command` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeCommandClass(type: Constructor): CommandDescription {
  return notes.read(type);
}
