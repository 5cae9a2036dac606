import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Aggregate, AggregateRoot, Apply, Event, type Constructor } from '../../../src/index.js';

export class Address {
  constructor(
    readonly street: string,
    readonly city: string,
  ) {}
}

@Event('loan.submitted')
export class LoanSubmitted {
  @Type(() => Address)
  readonly address: Address;

  constructor(
    readonly applicant: string,
    readonly amount: number,
    address: Address,
  ) {
    this.address = address;
  }
}

@Event('loan.approved')
export class LoanApproved {
  @Type(() => Date)
  readonly at: Date;

  constructor(at: Date) {
    this.at = at;
  }
}

@Event('loan.noted')
export class LoanNoted {
  constructor(readonly note: string) {}
}

@Event('loan.paid')
export class LoanPaid {
  constructor(readonly amount: number) {}
}

/** How the code of today differs from the code that recorded. */
export interface LoanChanges {
  readonly approvedStatus?: string;
  readonly paidCounts?: number;
  readonly refusesNotes?: boolean;
  readonly forgetsPaid?: boolean;
}

/** The loan as some version of the code has it. */
export function loanOf(changes: LoanChanges = {}): Constructor<AggregateRoot> {
  @Aggregate('loan', { snapshotEvery: 10 })
  class Loan extends AggregateRoot {
    status = 'new';
    @Type(() => Date)
    approvedAt: Date | undefined = undefined;
    readonly notes: string[] = [];
    paid = 0;

    @Apply(LoanSubmitted)
    protected onSubmitted(): void {
      this.status = 'submitted';
    }

    @Apply(LoanApproved)
    protected onApproved(event: LoanApproved): void {
      this.status = changes.approvedStatus ?? 'approved';
      this.approvedAt = event.at;
    }

    @Apply(LoanNoted)
    protected onNoted(event: LoanNoted): void {
      if (changes.refusesNotes) throw new RangeError('notes are not supported');
      this.notes.push(event.note);
    }

    @Apply(LoanPaid)
    protected onPaid(event: LoanPaid): void {
      this.paid += event.amount * (changes.paidCounts ?? 1);
    }
  }
  return Loan;
}

export const Loan = loanOf();
