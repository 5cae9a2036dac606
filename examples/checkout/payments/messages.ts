import { Command, Event } from 'eventspan';

@Command('payments.open-account', { aggregateId: (command: OpenAccount) => command.customer })
export class OpenAccount {
  constructor(
    readonly customer: string,
    readonly balance: number,
  ) {}
}

@Command('payments.charge', { aggregateId: (command: ChargePayment) => command.customer })
export class ChargePayment {
  constructor(
    readonly customer: string,
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Command('payments.refund', { aggregateId: (command: RefundPayment) => command.customer })
export class RefundPayment {
  constructor(
    readonly customer: string,
    readonly orderId: string,
  ) {}
}

/** Amounts are in cents. */
@Event('payments.account-opened')
export class AccountOpened {
  constructor(readonly balance: number) {}
}

@Event('payments.charged')
export class PaymentCharged {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

@Event('payments.refunded')
export class PaymentRefunded {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}
