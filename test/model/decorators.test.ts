import 'reflect-metadata';
import { Command } from '../../src/messages/command.decorator.js';
import type { Constructor } from '../../src/messages/constructor.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate, type AggregateDescription } from '../../src/model/aggregate.decorator.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';
import { defineAggregate } from '../../src/model/define-aggregate.js';
import { Handle } from '../../src/model/handle.decorator.js';
import { ApproveLoan, LoanApproved, LoanDeclined, LoanSubmitted, SubmitLoan } from './loan-domain.js';

const coded = (code: string, details: object = {}): Error =>
  expect.objectContaining({ code, details: expect.objectContaining(details) as unknown }) as Error;

const evolve = <T extends AggregateRoot>(type: Constructor<T>, ...events: object[]): T => {
  const model = aggregateModelOf(type);
  return events.reduce<T>((state, event, at) => model.evolve(state, event, { streamId: 's', version: at + 1 }), model.initial('s'));
};

@Aggregate('base')
class Base extends AggregateRoot {
  log: string[] = [];

  @Handle(SubmitLoan, { stream: 'new' })
  submit(_command: SubmitLoan): string {
    return 'base submit';
  }

  @Handle(ApproveLoan)
  approve(_command: ApproveLoan): string {
    return 'base approve';
  }

  @Apply(LoanSubmitted)
  protected onSubmitted(_event: LoanSubmitted): void {
    this.log.push('base submitted');
  }

  @Apply(LoanApproved)
  protected onApproved(_event: LoanApproved): void {
    this.log.push('base approved');
  }
}

@Aggregate('derived')
class Derived extends Base {
  override submit(_command: SubmitLoan): string {
    return 'derived submit';
  }

  @Handle(ApproveLoan, { stream: 'any' })
  approveFast(_command: ApproveLoan): string {
    return 'derived approve';
  }

  protected override onSubmitted(event: LoanSubmitted): void {
    super.onSubmitted(event);
    this.log.push('derived submitted');
  }

  @Apply(LoanApproved)
  protected onApprovedAgain(_event: LoanApproved): void {
    this.log.push('derived approved');
  }

  @Apply(LoanDeclined)
  protected onDeclined(_event: LoanDeclined): void {
    this.log.push('derived declined');
  }
}

describe('inherited methods', () => {
  it('run as those of the base where the subclass says nothing, and its own body once where it overrides', () => {
    expect(evolve(Derived, new LoanSubmitted('a', 1)).log).toEqual(['base submitted', 'derived submitted']);
  });

  it('give way to the pairing of the subclass', () => {
    expect(evolve(Derived, new LoanApproved(), new LoanDeclined('r')).log).toEqual(['derived approved', 'derived declined']);
  });

  it('leave the base as it was', () => {
    expect(evolve(Base, new LoanSubmitted('a', 1), new LoanApproved()).log).toEqual(['base submitted', 'base approved']);
    expect(aggregateModelOf(Base).events).toEqual([LoanSubmitted, LoanApproved]);
  });

  it('hold for command handlers with their options', async () => {
    const model = aggregateModelOf(Derived);
    const submit = model.commands.get(SubmitLoan);
    const approve = model.commands.get(ApproveLoan);
    expect([submit?.stream, approve?.stream]).toEqual(['new', 'any']);
    expect((await submit?.decide(model.initial('s'), new SubmitLoan('1', 'a', 1)))?.value).toBe('derived submit');
    expect((await approve?.decide(model.initial('s'), new ApproveLoan('1')))?.value).toBe('derived approve');
  });

  it('lose their old pairing when the subclass pairs the same method anew', () => {
    @Aggregate('repaired')
    class Repaired extends Base {
      @Apply(LoanDeclined)
      protected override onApproved(_event: object): void {
        this.log.push('repaired');
      }
    }
    expect(evolve(Repaired, new LoanDeclined('r')).log).toEqual(['repaired']);
    expect(() => evolve(Repaired, new LoanApproved())).toThrow(coded('EVENT_NOT_APPLIED'));
  });

  it('do not carry the name: a subclass needs its own @Aggregate', () => {
    class Nameless extends Base {}
    expect(() => aggregateModelOf(Nameless)).toThrow(coded('CLASS_NOT_DECORATED', { className: 'Nameless', decorator: 'Aggregate' }));
  });
});

describe('a class definition is refused', () => {
  it('when two methods apply the same event, naming both', () => {
    expect(() => {
      class Twice extends AggregateRoot {
        @Apply(LoanApproved)
        one(): void {}
        @Apply()
        two(_event: LoanApproved): void {}
      }
      return Twice;
    }).toThrow(
      coded('HANDLER_DUPLICATE', { className: 'Twice', decorator: '@Apply', message: 'LoanApproved', first: 'one', second: 'two' }),
    );
  });

  it('when two methods handle the same command, naming both', () => {
    expect(() => {
      class Twice extends AggregateRoot {
        @Handle(ApproveLoan)
        one(): void {}
        @Handle(ApproveLoan)
        two(): void {}
      }
      return Twice;
    }).toThrow(coded('HANDLER_DUPLICATE', { decorator: '@Handle', first: 'one', second: 'two' }));
  });

  it.each([
    ['an interface', Object],
    ['import type', Function],
    ['a string', String],
    ['no metadata at all', undefined],
  ])('when the parameter leaves no class behind: %s', (_, emitted) => {
    class Loan {
      on(): void {}
    }
    if (emitted !== undefined) Reflect.defineMetadata('design:paramtypes', [emitted], Loan.prototype, 'on');
    const descriptor = Object.getOwnPropertyDescriptor(Loan.prototype, 'on') as PropertyDescriptor;
    const found = emitted === undefined ? 'undefined' : emitted.name;
    for (const [decorator, apply] of Object.entries({ '@Apply': Apply(), '@Handle': Handle() })) {
      expect(() => (apply as MethodDecorator)(Loan.prototype, 'on', descriptor)).toThrow(
        coded('HANDLER_CLASS_MISSING', { decorator, place: 'Loan.on', found }),
      );
      expect(() => (apply as MethodDecorator)(Loan.prototype, 'on', descriptor)).toThrow(`as in ${decorator}(LoanSubmitted)`);
    }
  });

  it('when the class named and the class of the parameter differ, which the compiler cannot see in classes of one shape', () => {
    class Ping {
      ball(): void {}
    }
    class Pong {
      ball(): void {}
    }
    expect(() => {
      class Game extends AggregateRoot {
        @Apply(Ping)
        onPing(_event: Pong): void {}
      }
      return Game;
    }).toThrow(coded('HANDLER_CLASS_DIFFERS', { decorator: '@Apply', place: 'Game.onPing', named: 'Ping', declared: 'Pong' }));
  });

  it('when the class is undefined, as in an import circle', () => {
    const circular = undefined as unknown as Constructor;
    expect(() => Apply(circular)).toThrow(coded('CLASS_EXPECTED', { decorator: '@Apply', value: 'undefined' }));
    expect(() => Handle(circular)).toThrow(coded('CLASS_EXPECTED', { decorator: '@Handle' }));
  });

  it('when the decorator is on something that is not an instance method', () => {
    const apply = Apply(LoanApproved) as (...args: unknown[]) => void;
    class Loan {
      static on = (): void => undefined;
      state = 1;
    }
    expect(() => apply(Loan, 'on', { value: Loan.on })).toThrow(coded('DECORATOR_MISPLACED', { place: 'Loan.on' }));
    expect(() => apply(Loan.prototype, 'field', undefined)).toThrow(coded('DECORATOR_MISPLACED', { place: 'Loan.field' }));
    expect(() => apply(() => undefined, { kind: 'method', name: 'on' })).toThrow(coded('DECORATOR_MISPLACED', { place: 'on' }));
  });

  it.each([
    ['', {}, 'NAME_INVALID'],
    ['loan!', {}, 'NAME_INVALID'],
    ['loan', { snapshotEvery: 0 }, 'OPTION_INVALID'],
    ['loan', { snapshotEvery: 1.5 }, 'OPTION_INVALID'],
    ['loan', { snapshotRevision: -1 }, 'OPTION_INVALID'],
  ] as [string, AggregateDescription, string][])('by @Aggregate(%j, %j) and defineAggregate with %s', (name, options, code) => {
    class Loan extends AggregateRoot {}
    expect(() => Aggregate(name, options)(Loan)).toThrow(coded(code));
    expect(() => defineAggregate({ ...options, name, initialState: () => 0, decide: () => [], evolve: () => [] })).toThrow(coded(code));
  });
});

describe('the model of a class is refused', () => {
  it('when it does not extend AggregateRoot', () => {
    class Plain {
      readonly state = 1;
    }
    expect(() => aggregateModelOf(Plain as unknown as Constructor<AggregateRoot>)).toThrow(
      coded('AGGREGATE_INVALID', { className: 'Plain' }),
    );
  });

  it('when it handles commands and applies nothing', () => {
    @Aggregate('mute')
    class Mute extends AggregateRoot {
      @Handle(ApproveLoan)
      approve(): void {}
    }
    expect(() => aggregateModelOf(Mute)).toThrow(coded('AGGREGATE_INVALID', { className: 'Mute' }));
    const decideOnly = { name: 'mute', initialState: () => 0, evolve: () => [] };
    expect(() => defineAggregate({ ...decideOnly, decide: (on) => [on(ApproveLoan, () => [])] })).toThrow(coded('AGGREGATE_INVALID'));
  });

  it('when a command has no @Command, or names no aggregate', () => {
    class Undecorated {
      readonly id = '1';
    }
    @Command('loan.untargeted')
    class Untargeted {
      readonly id = '1';
    }
    for (const command of [Undecorated, Untargeted]) {
      class Loan extends Base {
        @Handle(command)
        untargeted(): void {}
      }
      Aggregate('loan')(Loan);
      expect(() => aggregateModelOf(Loan)).toThrow(coded('COMMAND_TARGET_UNKNOWN', { place: 'Loan.untargeted', command: command.name }));
    }
  });

  it('when a functional aggregate has two rules for one class', () => {
    const rules = { name: 'loan', initialState: () => 0 };
    expect(() =>
      defineAggregate({ ...rules, decide: () => [], evolve: (on) => [on(LoanApproved, (s) => s), on(LoanApproved, (s) => s)] }),
    ).toThrow(coded('HANDLER_DUPLICATE', { className: 'loan', decorator: 'evolve', first: 'rule 1', second: 'rule 2' }));
  });
});
