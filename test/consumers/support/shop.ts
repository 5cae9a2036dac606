import { Command, Event, commandHandler, defineAggregate, type CommandHandlerDefinition } from 'eventspan';

@Event('stock.reserved')
export class Reserved {
  constructor(readonly amount: number) {}
}

@Command('stock.reserve', { aggregateId: (command: Reserve) => command.article })
export class Reserve {
  constructor(
    readonly article: string,
    readonly amount: number,
  ) {}
}

/** Records nothing. */
@Command('stock.check', { aggregateId: (command: Check) => command.article })
export class Check {
  constructor(readonly article: string) {}
}

/** Another service takes it. */
@Command('mail.send')
export class SendMail {
  constructor(readonly to: string) {}
}

/** Nobody takes it. */
@Command('nobody.takes')
export class Stray {
  readonly kind = 'stray';
}

export class OutOfStock extends Error {
  readonly code = 'OUT_OF_STOCK';
}

export interface Stock {
  readonly reserved: number;
}

export const MAX_STOCK = 100;

export const stock = defineAggregate({
  name: 'stock',
  initialState: (): Stock => ({ reserved: 0 }),
  decide: (on) => [
    on(Reserve, { stream: 'any' }, ({ article, amount }, state) => {
      if (state.reserved + amount > MAX_STOCK) throw new OutOfStock(`no more of ${article}`);
      return [new Reserved(amount)];
    }),
    on(Check, { stream: 'any' }, () => []),
  ],
  evolve: (on) => [on(Reserved, (state, event) => ({ reserved: state.reserved + event.amount }))],
});

/** A handler that tells of each call before it is done. */
export function mailer(deliver: (command: SendMail) => unknown): CommandHandlerDefinition {
  return commandHandler(SendMail, (command) => deliver(command));
}
