import { Command, describeCommandClass } from '../../src/messages/command.decorator.js';
import { Event, describeEventClass } from '../../src/messages/event.decorator.js';
import type { Constructor } from '../../src/messages/constructor.js';
import { codeOf, errorOf } from './error-of.js';

@Event('loan.submitted', { version: 2, aliases: ['loan.requested'] })
class LoanSubmitted {
  constructor(
    readonly applicant: string,
    readonly amount: number,
  ) {}
}

@Event('loan.approved')
class LoanApproved {}

@Command('loan.submit', { aggregateId: (command: SubmitLoan) => command.loanId })
class SubmitLoan {
  constructor(readonly loanId: string) {}
}

@Command('ledger.close')
class CloseLedger {}

// @ts-expect-error the class has no such field, so aggregateId is about another class
@Command('loan.cancel', { aggregateId: (command: SubmitLoan) => command.loanId })
class CancelLoan {
  constructor(readonly id: string) {}
}

const eventOn = (name: string, options?: Parameters<typeof Event>[1]) => () => Event(name, options)(class Sample {});

describe('@Event', () => {
  it('describes a class with its wire name, version and aliases', () => {
    expect(describeEventClass(LoanSubmitted)).toEqual({
      name: 'loan.submitted',
      version: 2,
      oldestVersion: 1,
      writeVersion: 2,
      aliases: ['loan.requested'],
      type: LoanSubmitted,
      validate: 'write',
    });
  });

  it('has version 1 and no aliases unless told otherwise', () => {
    expect(describeEventClass(LoanApproved)).toMatchObject({ name: 'loan.approved', version: 1, aliases: [] });
  });

  it('does not count for a subclass', () => {
    class Special extends LoanSubmitted {}
    const error = errorOf(() => describeEventClass(Special));
    expect(error.code).toBe('CLASS_NOT_DECORATED');
    expect(error.message).toContain('Special');
    expect(error.message).toContain('@Event');
  });

  it('can stand on a subclass of an event beside that of the base', () => {
    @Event('loan.submitted.online')
    class Online extends LoanSubmitted {}
    expect(describeEventClass(Online).name).toBe('loan.submitted.online');
    expect(describeEventClass(LoanSubmitted).name).toBe('loan.submitted');
  });

  it.each(['', '1loan', 'loan submitted', 'loan/x', 'ä', 'x'.repeat(129), undefined, null, 7])(
    'refuses the name %p when the class is defined',
    (name) => {
      expect(codeOf(eventOn(name as string))).toBe('NAME_INVALID');
    },
  );

  it.each(['a', 'Loan.submitted-v2_x', 'x'.repeat(128)])('takes the name %p', (name) => {
    expect(eventOn(name)).not.toThrow();
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2_147_483_648, '2'])('refuses the version %p when the class is defined', (version) => {
    expect(codeOf(eventOn('a', { version: version as number }))).toBe('EVENT_VERSION_INVALID');
  });

  it('refuses aliases that are no names, equal the name or repeat', () => {
    expect(codeOf(eventOn('a', { aliases: ['b c'] }))).toBe('NAME_INVALID');
    expect(codeOf(eventOn('a', { aliases: ['a'] }))).toBe('EVENT_NAME_TAKEN');
    expect(codeOf(eventOn('a', { aliases: ['b', 'b'] }))).toBe('EVENT_NAME_TAKEN');
  });

  it('refuses a second one on the same class', () => {
    const again = errorOf(() => Event('loan.other')(LoanSubmitted));
    expect(again.code).toBe('CLASS_DECORATED_TWICE');
    expect(again.message).toContain('LoanSubmitted');
  });

  it('is told apart from an undecorated class and from what is no class', () => {
    expect(codeOf(() => describeEventClass(class Plain {}))).toBe('CLASS_NOT_DECORATED');
    expect(codeOf(() => describeEventClass(undefined as unknown as Constructor))).toBe('CLASS_EXPECTED');
  });

  it('keeps its note under a shared symbol, out of sight of enumeration', () => {
    expect(Object.getOwnPropertyDescriptor(LoanSubmitted, Symbol.for('eventspan.event'))).toMatchObject({
      enumerable: false,
      writable: false,
    });
  });
});

describe('@Command', () => {
  it('describes a class with its name and the way to the aggregate id', () => {
    const { name, aggregateId } = describeCommandClass(SubmitLoan);
    expect(name).toBe('loan.submit');
    expect(aggregateId?.(new SubmitLoan('173688'))).toBe('173688');
  });

  it('needs no aggregate', () => {
    expect(describeCommandClass(CloseLedger)).toEqual({ name: 'ledger.close', type: CloseLedger });
  });

  it('does not count for a subclass', () => {
    class Special extends SubmitLoan {}
    expect(codeOf(() => describeCommandClass(Special))).toBe('CLASS_NOT_DECORATED');
  });

  it('refuses bad names and a second decoration when the class is defined', () => {
    expect(codeOf(() => Command('no spaces')(class Sample {}))).toBe('NAME_INVALID');
    expect(codeOf(() => Command('again')(CancelLoan))).toBe('CLASS_DECORATED_TWICE');
  });

  it('works beside @Event on one class', () => {
    @Event('payment.received')
    @Command('payment.receive')
    class Payment {}
    expect([describeEventClass(Payment).name, describeCommandClass(Payment).name]).toEqual(['payment.received', 'payment.receive']);
  });
});
