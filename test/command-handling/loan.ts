import { Command } from '../../src/messages/command.decorator.js';
import { Event } from '../../src/messages/event.decorator.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { Handle } from '../../src/model/handle.decorator.js';

@Event('loan.submitted')
export class LoanSubmitted {
  constructor(readonly applicant: string) {}
}

@Event('loan.noted', { version: 2, oldestVersion: 2 })
export class LoanNoted {
  constructor(readonly note: string) {}
}

@Command('loan.submit', { aggregateId: (command: SubmitLoan) => command.loanId })
export class SubmitLoan {
  constructor(
    readonly loanId: string,
    readonly applicant: string = 'a-17',
  ) {}
}

/** Records one event for each note; none for no notes. */
@Command('loan.note', { aggregateId: (command: NoteLoan) => command.loanId })
export class NoteLoan {
  readonly notes: readonly string[];
  constructor(
    readonly loanId: string,
    ...notes: string[]
  ) {
    this.notes = notes;
  }
}

/** Records a note unless the loan has one: then it refuses. */
@Command('loan.note-once', { aggregateId: (command: NoteOnce) => command.loanId })
export class NoteOnce {
  constructor(
    readonly loanId: string,
    readonly note: string,
  ) {}
}

/** Works on a loan whether it exists or not. */
@Command('loan.touch', { aggregateId: (command: TouchLoan) => command.loanId })
export class TouchLoan {
  constructor(readonly loanId: string) {}
}

/** Records a note and then runs what the test gave it. */
@Command('loan.run', { aggregateId: (command: RunOnLoan) => command.loanId })
export class RunOnLoan {
  constructor(
    readonly loanId: string,
    readonly run: (loan: Loan) => unknown,
  ) {}
}

/** A domain error. */
export class LoanRefusal extends Error {}

@Aggregate('loan', { snapshotEvery: 10 })
export class Loan extends AggregateRoot {
  applicant = '';
  notes: string[] = [];

  @Handle(SubmitLoan, { stream: 'new' })
  submit(command: SubmitLoan): string {
    if (command.applicant === '') throw new LoanRefusal('a loan needs an applicant');
    this.record(new LoanSubmitted(command.applicant));
    return `loan of ${command.applicant}`;
  }

  @Handle(NoteLoan, { stream: 'existing' })
  note(command: NoteLoan): number {
    for (const note of command.notes) this.record(new LoanNoted(note));
    return this.notes.length;
  }

  @Handle(NoteOnce, { stream: 'existing' })
  noteOnce(command: NoteOnce): void {
    this.record(new LoanNoted(command.note));
    if (this.notes.length > 1) throw new LoanRefusal(`the loan has a note: ${this.notes[0]}`);
  }

  @Handle(TouchLoan, { stream: 'any' })
  touch(): void {
    this.record(new LoanNoted('touched'));
  }

  @Handle(RunOnLoan, { stream: 'any' })
  async runOn(command: RunOnLoan): Promise<unknown> {
    this.record(new LoanNoted('run'));
    return command.run(this);
  }

  @Apply(LoanSubmitted)
  protected onSubmitted(event: LoanSubmitted): void {
    this.applicant = event.applicant;
  }

  @Apply(LoanNoted)
  protected onNoted(event: LoanNoted): void {
    this.notes.push(event.note);
  }
}
