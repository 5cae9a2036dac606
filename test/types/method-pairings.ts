/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import type { ApplyContext } from '../../src/model/aggregate-model.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { Handle } from '../../src/model/handle.decorator.js';

class Opened {
  constructor(readonly owner: string) {}
}
class Closed {
  constructor(readonly reason: string) {}
}
class ClosedByBank extends Closed {
  constructor(readonly clerk: string) {
    super('by the bank');
  }
}
class Open {
  constructor(readonly accountId: string) {}
}
class Close {
  constructor(
    readonly accountId: string,
    readonly reason: string,
  ) {}
}
class CloseNow extends Close {
  readonly urgent = true;
}

@Aggregate('account', { snapshotEvery: 10, snapshotRevision: 2 })
export class Fitting extends AggregateRoot {
  @Handle(Open, { stream: 'new' })
  open(_command: Open): void {}

  @Handle(Close)
  protected async close(_command: Close): Promise<string> {
    return Promise.resolve('done');
  }

  @Handle({ stream: 'any' })
  protected closeNow(_command: CloseNow): void {}

  @Apply(Opened)
  protected onOpened(_event: Opened, _context: ApplyContext): void {}

  @Apply(Closed)
  @Apply(ClosedByBank)
  protected onClosed(_event: Closed): void {}
}

export class WithoutParameter extends AggregateRoot {
  @Apply(Opened)
  protected onOpened(): void {}

  @Apply(Closed)
  protected onEither(_event: Opened | Closed): void {}

  @Handle(Open)
  open(): void {}

  @Handle(Close)
  close(_command: Open | Close, _how?: string): void {}
}

export class Contextual extends AggregateRoot {
  @Apply()
  protected onOpened(_event: Opened, _context?: ApplyContext): void {}

  @Handle()
  open(_command: Open): void {}
}

export class WrongEvents extends AggregateRoot {
  // @ts-expect-error another event
  @Apply(Opened)
  onOpened(_event: Closed): void {}

  // @ts-expect-error another event, protected
  @Apply(Opened)
  protected onOpenedProtected(_event: Closed): void {}

  // @ts-expect-error another event, private
  @Apply(Opened)
  private onOpenedPrivate(_event: Closed): void {}

  // @ts-expect-error a subclass of the event: the method asks for more than the event has
  @Apply(Closed)
  protected onClosed(_event: ClosedByBank): void {}

  // @ts-expect-error a command where an event is wanted
  @Apply(Opened)
  protected onCommand(_command: Open): void {}

  // @ts-expect-error not a context
  @Apply(Opened)
  protected withNumber(_event: Opened, _version: number): void {}

  // @ts-expect-error more parameters than it will be given
  @Apply(Opened)
  protected withMore(_event: Opened, _context: ApplyContext, _more: string): void {}

  // @ts-expect-error apply methods do not wait
  @Apply(Opened)
  protected async onOpenedLater(_event: Opened): Promise<void> {
    await Promise.resolve();
  }

  // @ts-expect-error not a method
  @Apply(Opened)
  protected field = 1;

  // @ts-expect-error an instance is not a class
  @Apply(new Opened('a'))
  protected onInstance(_event: Opened): void {}

  // @ts-expect-error no parameter to take the class from
  @Apply()
  protected onNothing(): void {}

  // @ts-expect-error not a context
  @Apply()
  protected onInferred(_event: Opened, _version: number): void {}

  touch(): void {
    this.onOpenedPrivate(new Closed('r'));
  }
}

export class WrongCommands extends AggregateRoot {
  // @ts-expect-error another command
  @Handle(Open)
  open(_command: Close): void {}

  // @ts-expect-error another command, protected
  @Handle(Open, { stream: 'new' })
  protected openProtected(_command: Close): void {}

  // @ts-expect-error another command, private
  @Handle(Open)
  private openPrivate(_command: Close): void {}

  // @ts-expect-error a subclass of the command
  @Handle(Close)
  close(_command: CloseNow): void {}

  // @ts-expect-error a parameter that nobody gives
  @Handle(Open)
  openWith(_command: Open, _rate: number): void {}

  // @ts-expect-error no such requirement
  @Handle(Open, { stream: 'fresh' })
  openFresh(_command: Open): void {}

  // @ts-expect-error no parameter to take the class from
  @Handle()
  openNothing(): void {}

  touch(): void {
    this.openPrivate(new Close('1', 'r'));
  }
}

// @ts-expect-error does not extend AggregateRoot
@Aggregate('account')
export class NoRoot {
  readonly state = 1;
}

// @ts-expect-error cannot be made without arguments
@Aggregate('account')
export class NeedsArguments extends AggregateRoot {
  constructor(readonly rate: number) {
    super();
  }
}

// @ts-expect-error abstract
@Aggregate('account')
export abstract class Abstract extends AggregateRoot {}

// @ts-expect-error no such option
@Aggregate('account', { snapshotsEvery: 10 })
export class WrongOption extends AggregateRoot {}

// @ts-expect-error record() is the aggregate's own
new Fitting().record(new Opened('a'));
