import { Command } from '../../src/messages/command.decorator.js';
import { Event } from '../../src/messages/event.decorator.js';
import { defineAggregate } from '../../src/model/define-aggregate.js';

@Event('account.deposited')
export class Deposited {
  constructor(readonly amount: number) {}
}

@Command('account.deposit', { aggregateId: (command: Deposit) => command.accountId })
export class Deposit {
  constructor(
    readonly accountId: string,
    readonly amount: number,
  ) {}
}

/** Taken by plain handlers. */
@Command('account.transfer')
export class Transfer {
  constructor(
    readonly from: string,
    readonly to: string,
    readonly amount: number,
  ) {}
}

export interface Balance {
  readonly balance: number;
}

export const account = defineAggregate({
  name: 'account',
  snapshotEvery: 3,
  initialState: (): Balance => ({ balance: 0 }),
  decide: (on) => [on(Deposit, { stream: 'any' }, (command) => [new Deposited(command.amount)])],
  evolve: (on) => [on(Deposited, (state, event) => ({ balance: state.balance + event.amount }))],
});
