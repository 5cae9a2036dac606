import { Command, Event } from 'eventspan';

const aggregateId = ({ orderId }: { readonly orderId: string }): string => orderId;

@Command('orders.place', { aggregateId })
export class PlaceOrder {
  constructor(
    readonly orderId: string,
    readonly customer: string,
    readonly sku: string,
    readonly quantity: number,
    readonly amount: number,
  ) {}
}

@Command('orders.confirm', { aggregateId })
export class ConfirmOrder {
  constructor(readonly orderId: string) {}
}

@Command('orders.cancel', { aggregateId })
export class CancelOrder {
  constructor(readonly orderId: string) {}
}

@Event('orders.placed')
export class OrderPlaced {
  constructor(
    readonly orderId: string,
    readonly customer: string,
    readonly sku: string,
    readonly quantity: number,
    readonly amount: number,
  ) {}
}

@Event('orders.confirmed')
export class OrderConfirmed {
  constructor(
    readonly orderId: string,
    readonly customer: string,
  ) {}
}

@Event('orders.cancelled')
export class OrderCancelled {
  constructor(
    readonly orderId: string,
    readonly customer: string,
  ) {}
}

/** The carrier has not answered in time. Comes from a timer. */
@Event('orders.shipping-overdue')
export class ShippingOverdue {
  constructor(readonly orderId: string) {}
}
