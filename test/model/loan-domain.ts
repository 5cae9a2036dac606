import 'reflect-metadata';
import { Command } from '../../src/messages/command.decorator.js';
import { Event } from '../../src/messages/event.decorator.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import type { ApplyContext } from '../../src/model/aggregate-model.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { defineAggregate } from '../../src/model/define-aggregate.js';
import { Handle } from '../../src/model/handle.decorator.js';

@Event('loan.submitted')
export class LoanSubmitted {
  constructor(
    readonly applicant: string,
    readonly amount: number,
  ) {}
}

@Event('loan.approved')
export class LoanApproved {
  readonly final = true;
}

@Event('loan.declined')
export class LoanDeclined {
  constructor(readonly reason: string) {}
}

@Command('loan.submit', { aggregateId: (command: SubmitLoan) => command.loanId })
export class SubmitLoan {
  constructor(
    readonly loanId: string,
    readonly applicant: string,
    readonly amount: number,
  ) {}
}

@Command('loan.approve', { aggregateId: (command: ApproveLoan) => command.loanId })
export class ApproveLoan {
  constructor(readonly loanId: string) {}
}

@Command('loan.decline', { aggregateId: (command: DeclineLoan) => command.loanId })
export class DeclineLoan {
  constructor(
    readonly loanId: string,
    readonly reason: string,
  ) {}
}

export class LoanClosed extends Error {
  constructor(readonly status: string) {
    super(`the loan is ${status}`);
  }
}

export type LoanStatus = 'new' | 'submitted' | 'approved' | 'declined';

@Aggregate('loan', { snapshotEvery: 3 })
export class Loan extends AggregateRoot {
  status: LoanStatus = 'new';
  amount = 0;
  applied: string[] = [];

  @Handle(SubmitLoan, { stream: 'new' })
  submit(command: SubmitLoan): void {
    this.record(new LoanSubmitted(command.applicant, command.amount));
  }

  @Handle()
  async approve(_command: ApproveLoan): Promise<number> {
    await Promise.resolve();
    if (this.status === 'approved') return this.amount;
    this.checkOpen();
    this.record(new LoanApproved());
    return this.amount;
  }

  @Handle(DeclineLoan)
  protected decline(command: DeclineLoan): void {
    this.checkOpen();
    this.record(new LoanDeclined(command.reason));
  }

  @Apply()
  protected onSubmitted(event: LoanSubmitted, context: ApplyContext): void {
    this.status = 'submitted';
    this.amount = event.amount;
    this.applied.push(`${context.streamId}@${context.version}`);
  }

  @Apply(LoanApproved)
  protected onApproved(): void {
    this.status = 'approved';
  }

  @Apply(LoanDeclined)
  protected onDeclined(_event: LoanDeclined): void {
    this.status = 'declined';
  }

  private checkOpen(): void {
    if (this.status !== 'submitted') throw new LoanClosed(this.status);
  }
}

export interface LoanState {
  readonly status: LoanStatus;
  readonly amount: number;
}

export const loan = defineAggregate({
  name: 'loan',
  snapshotEvery: 3,
  initialState: (): LoanState => ({ status: 'new', amount: 0 }),
  decide: (on) => [
    on(SubmitLoan, { stream: 'new' }, (command) => [new LoanSubmitted(command.applicant, command.amount)]),
    on(ApproveLoan, async (_, state) => {
      await Promise.resolve();
      if (state.status === 'approved') return { events: [], value: state.amount };
      if (state.status !== 'submitted') throw new LoanClosed(state.status);
      return { events: [new LoanApproved()], value: state.amount };
    }),
    on(DeclineLoan, (command, state) => {
      if (state.status !== 'submitted') throw new LoanClosed(state.status);
      return [new LoanDeclined(command.reason)];
    }),
  ],
  evolve: (on) => [
    on(LoanSubmitted, (state, event) => ({ ...state, status: 'submitted', amount: event.amount })),
    on(LoanApproved, (state) => ({ ...state, status: 'approved' })),
    on(LoanDeclined, (state) => ({ ...state, status: 'declined' })),
  ],
});
