import { Command } from '../../../src/messages/command.decorator.js';
import { Event } from '../../../src/messages/event.decorator.js';
import { On } from '../../../src/projections/on.decorator.js';
import { OnRefused } from '../../../src/processes/on-refused.decorator.js';
import type { CommandRefusal, ProcessContext } from '../../../src/processes/process-context.js';
import { ProcessManager } from '../../../src/processes/process-manager.decorator.js';
import { StartsOn } from '../../../src/processes/starts-on.decorator.js';

@Event('order-placed')
export class OrderPlaced {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Event('stock-reserved')
export class StockReserved {
  constructor(readonly orderId: string) {}
}

@Event('paid')
export class Paid {
  constructor(readonly orderId: string) {}
}

@Event('shipped')
export class Shipped {
  constructor(readonly orderId: string) {}
}

@Event('payment-overdue')
export class PaymentOverdue {
  constructor(readonly orderId: string) {}
}

@Command('reserve-stock')
export class ReserveStock {
  constructor(readonly orderId: string) {}
}

@Command('release-stock')
export class ReleaseStock {
  constructor(readonly orderId: string) {}
}

@Command('take-payment')
export class TakePayment {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Command('refund')
export class Refund {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Command('ship')
export class Ship {
  constructor(readonly orderId: string) {}
}

@Command('apologise')
export class Apologise {
  constructor(readonly orderId: string) {}
}

export const EVENTS = [OrderPlaced, StockReserved, Paid, Shipped, PaymentOverdue];

export const OVERDUE_MS = 60_000;

/** Reserves, takes the payment, ships; each is undone by what comes after it failing. */
@ProcessManager('checkout', { correlate: (message: { orderId: string }) => message.orderId })
export class Checkout {
  amount = 0;
  paid = false;

  @StartsOn(OrderPlaced)
  protected placed({ orderId, amount }: OrderPlaced, { send }: ProcessContext): void {
    this.amount = amount;
    send(new ReserveStock(orderId), { compensateWith: new ReleaseStock(orderId) });
  }

  @On(StockReserved)
  protected reserved({ orderId }: StockReserved, { send, schedule }: ProcessContext): void {
    send(new TakePayment(orderId, this.amount), { compensateWith: new Refund(orderId, this.amount) });
    schedule(new PaymentOverdue(orderId), { in: OVERDUE_MS });
  }

  @On(Paid)
  protected onPaid({ orderId }: Paid, { send, cancelTimer }: ProcessContext): void {
    this.paid = true;
    cancelTimer(PaymentOverdue);
    send(new Ship(orderId));
  }

  @On(PaymentOverdue)
  protected overdue(_: PaymentOverdue, { compensate }: ProcessContext): void {
    compensate('the payment is overdue');
  }

  @On(Shipped)
  protected shipped(_: Shipped, { complete }: ProcessContext): void {
    complete();
  }

  @OnRefused(TakePayment)
  protected notPaid({ message }: CommandRefusal, { processId, send, compensate }: ProcessContext): void {
    send(new Apologise(processId));
    compensate(`not paid: ${message}`);
  }
}
