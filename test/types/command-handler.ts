/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
import { CommandHandler } from '../../src/command-handling/command-handler.decorator.js';
import { commandHandler, type CommandContext } from '../../src/command-handling/command-handler.js';
import type { CommandRepository } from '../../src/command-handling/command-repository.js';
import type { ExecuteOptions } from '../../src/command-handling/execute-options.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';

class Approve {
  constructor(readonly loanId: string) {}
}
class Submit {
  constructor(
    readonly loanId: string,
    readonly amount: number,
  ) {}
}
class Loan extends AggregateRoot {
  readonly amount: number = 0;
}

commandHandler(Submit, async (command, { repository, signal }) => {
  const amount: number = command.amount;
  const isOver: boolean = signal.aborted;
  const loan = await repository.load(Loan, command.loanId);
  repository.save(loan);
  return [amount, isOver, loan.aggregate.amount];
});
// @ts-expect-error the command has no such field
commandHandler(Submit, (command) => command.applicant);
// @ts-expect-error the handler takes another command, one with more fields
commandHandler(Approve, (command: Submit) => command.amount);
// The handler needs less than the command has.
commandHandler(Submit, (command: Approve) => command.loanId);

@CommandHandler(Submit)
export class SubmitHandler {
  constructor(private readonly limit: number) {}
  async execute(command: Submit, context: CommandContext): Promise<boolean> {
    return command.amount < this.limit && context.attempt === 1;
  }
}

@CommandHandler(Submit)
export class CarelessHandler {
  execute(): void {}
}

// @ts-expect-error execute takes another command, one with more fields
@CommandHandler(Approve)
export class WrongHandler {
  execute(command: Submit): number {
    return command.amount;
  }
}

// @ts-expect-error there is no execute
@CommandHandler(Approve)
export class EmptyHandler {
  readonly name = 'empty';
}

export async function misuse(repository: CommandRepository): Promise<void> {
  // @ts-expect-error not an aggregate
  await repository.load(Approve, '1');
  // @ts-expect-error a handle is saved, not its aggregate
  repository.save((await repository.load(Loan, '1')).aggregate);
}

export const given: ExecuteOptions = { metadata: { actor: 'eve', tenant: 't-1' } };
// @ts-expect-error the framework sets it
export const forged: ExecuteOptions = { metadata: { commandId: 'c-1' } };
