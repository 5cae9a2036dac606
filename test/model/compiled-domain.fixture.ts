/** Compiled by several compilers in compilers.test.ts; each result must behave the same. */
import 'reflect-metadata';
import { Command } from '../../src/messages/command.decorator.js';
import { Event } from '../../src/messages/event.decorator.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import type { ApplyContext } from '../../src/model/aggregate-model.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { Handle } from '../../src/model/handle.decorator.js';

@Event('account.opened')
export class Opened {
  constructor(readonly owner: string) {}
}

@Event('account.credited', { version: 2 })
export class Credited {
  constructor(readonly amount: number) {}
}

@Command('account.open', { aggregateId: (command: Open) => command.accountId })
export class Open {
  constructor(
    readonly accountId: string,
    readonly owner: string,
  ) {}
}

@Command('account.credit', { aggregateId: (command: Credit) => command.accountId })
export class Credit {
  constructor(
    readonly accountId: string,
    readonly amount: number,
  ) {}
}

abstract class Owned extends AggregateRoot {
  protected owner?: string;

  @Apply(Opened)
  protected onOpened(event: Opened): void {
    this.owner = event.owner;
  }
}

@Aggregate('account', { snapshotEvery: 2 })
export class Account extends Owned {
  private balance = 0;
  private readonly versions: number[] = [];

  @Handle(Open, { stream: 'new' })
  open(command: Open): void {
    this.record(new Opened(command.owner));
  }

  @Handle()
  protected async credit(command: Credit): Promise<number> {
    await Promise.resolve();
    this.record(new Credited(command.amount));
    return this.balance;
  }

  protected override onOpened(event: Opened): void {
    super.onOpened(event);
    this.versions.push(this.version + 1);
  }

  @Apply()
  protected onCredited(event: Credited, { version }: ApplyContext): void {
    this.balance += event.amount;
    this.versions.push(version);
  }
}
