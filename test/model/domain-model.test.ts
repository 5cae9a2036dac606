import { Command } from '../../src/messages/command.decorator.js';
import { Event } from '../../src/messages/event.decorator.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { defineAggregate } from '../../src/model/define-aggregate.js';
import { createDomainModel } from '../../src/model/domain-model.js';
import { Handle } from '../../src/model/handle.decorator.js';
import { ApproveLoan, DeclineLoan, Loan, loan, LoanApproved, LoanDeclined, LoanSubmitted, SubmitLoan } from './loan-domain.js';

const coded = (code: string, details: object = {}): Error =>
  expect.objectContaining({ code, details: expect.objectContaining(details) as unknown }) as Error;

const counter = (name: string): typeof loan =>
  defineAggregate({
    name,
    initialState: () => ({ status: 'new', amount: 0 }),
    decide: () => [],
    evolve: (on) => [on(LoanApproved, (s) => s)],
  });

describe('the domain model', () => {
  it('finds aggregates by name and commands by class, and lists every event once', () => {
    const domain = createDomainModel({ aggregates: [Loan, counter('counter')], events: [LoanApproved, LoanDeclined] });
    expect([...domain.aggregates.keys()]).toEqual(['loan', 'counter']);
    expect([...domain.commands.keys()]).toEqual([SubmitLoan, ApproveLoan, DeclineLoan]);
    expect(domain.commands.get(SubmitLoan)?.model).toBe(domain.aggregates.get('loan'));
    expect(domain.commands.get(SubmitLoan)?.handling.stream).toBe('new');
    expect(domain.events).toEqual([LoanSubmitted, LoanApproved, LoanDeclined]);
  });

  it('takes a functional aggregate as it takes a class', () => {
    expect(createDomainModel({ aggregates: [loan] }).aggregates.get('loan')).toBe(loan);
  });

  it('refuses one name for two aggregates, naming both', () => {
    @Aggregate('loan')
    class Credit extends AggregateRoot {}
    expect(() => createDomainModel({ aggregates: [Loan, Credit] })).toThrow(
      coded('AGGREGATE_NAME_TAKEN', { first: 'Loan', second: 'Credit', firstName: 'loan' }),
    );
    expect(() => createDomainModel({ aggregates: [Loan, loan] })).toThrow(
      coded('AGGREGATE_NAME_TAKEN', { second: 'defineAggregate(loan)' }),
    );
  });

  it('refuses names whose streams could meet: loan with the id offer-1, loan-offer with the id 1', () => {
    for (const names of [
      ['loan', 'loan-offer'],
      ['loan-offer', 'loan'],
    ]) {
      expect(() => createDomainModel({ aggregates: names.map(counter) })).toThrow(coded('AGGREGATE_NAME_TAKEN'));
    }
    expect(createDomainModel({ aggregates: [counter('loan'), counter('loans'), counter('offer-loan')] }).aggregates.size).toBe(3);
  });

  it('refuses a command that two aggregates handle, naming both', () => {
    @Aggregate('credit')
    class Credit extends AggregateRoot {
      @Handle(ApproveLoan)
      approve(): void {}
      @Apply(LoanApproved)
      protected onApproved(): void {}
    }
    expect(() => createDomainModel({ aggregates: [Loan, Credit] })).toThrow(
      coded('COMMAND_HANDLED_TWICE', { command: 'ApproveLoan', first: 'loan', second: 'credit' }),
    );
  });

  it('refuses one name for two command classes, naming both', () => {
    @Command('loan.approve', { aggregateId: (command: ApproveCredit) => command.creditId })
    class ApproveCredit {
      readonly creditId = '1';
    }
    @Aggregate('credit')
    class Credit extends AggregateRoot {
      @Handle(ApproveCredit)
      approve(): void {}
      @Apply(LoanApproved)
      protected onApproved(): void {}
    }
    expect(() => createDomainModel({ aggregates: [Loan, Credit] })).toThrow(
      coded('COMMAND_NAME_TAKEN', { name: 'loan.approve', first: 'ApproveLoan', second: 'ApproveCredit' }),
    );
  });

  it('refuses event classes without @Event, of aggregates and listed ones', () => {
    class Undecorated {
      readonly x = 1;
    }
    @Aggregate('credit')
    class Credit extends AggregateRoot {
      @Apply(Undecorated)
      protected on(): void {}
    }
    const refusal = coded('CLASS_NOT_DECORATED', { className: 'Undecorated', decorator: 'Event' });
    expect(() => createDomainModel({ aggregates: [Credit] })).toThrow(refusal);
    expect(() => createDomainModel({ aggregates: [Loan], events: [Undecorated] })).toThrow(refusal);
  });
});

describe('events that are said to be recorded', () => {
  @Event('unapplied.happened')
  class Unapplied {}

  it('must be applied, by a class', () => {
    @Aggregate('listing', { records: [LoanSubmitted, Unapplied] })
    class Listing extends AggregateRoot {
      private amount = 0;
      @Apply(LoanSubmitted)
      protected onSubmitted(event: LoanSubmitted): void {
        this.amount += event.amount;
      }
    }
    expect(() => createDomainModel({ aggregates: [Listing] })).toThrow(
      expect.objectContaining({ code: 'EVENT_NOT_APPLIED', details: { aggregate: 'listing', type: 'Unapplied' } }),
    );
  });

  it('must be applied, by functions', () => {
    const definition = (records: (typeof LoanSubmitted | typeof Unapplied)[]) => () =>
      defineAggregate({
        name: 'listing',
        records,
        initialState: () => 0,
        decide: () => [],
        evolve: (on) => [on(LoanSubmitted, (n) => n + 1)],
      });
    expect(definition([LoanSubmitted])).not.toThrow();
    expect(definition([Unapplied])).toThrow(expect.objectContaining({ code: 'EVENT_NOT_APPLIED' }));
  });
});
