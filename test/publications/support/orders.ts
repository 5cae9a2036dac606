import { Event, createEventRegistry, publication, publish, type PublicationContext, type PublicationDefinition } from 'eventspan';

@Event('order.placed', { version: 1 })
export class OrderPlaced {
  constructor(
    readonly customer: string,
    readonly cents: number,
    readonly internalNote: string,
  ) {}
}

@Event('order.paid')
export class OrderPaid {
  constructor(readonly cents: number) {}
}

@Event('order.noted')
export class OrderNoted {
  constructor(readonly note: string) {}
}

/** What other systems are told. */
@Event('shop.order-placed', { version: 3 })
export class PublicOrderPlaced {
  constructor(
    readonly order: string,
    readonly total: number,
  ) {}
}

@Event('shop.order-placed', { version: 4 })
export class PublicOrderPlacedNext {
  constructor(
    readonly order: string,
    readonly totalCents: number,
  ) {}
}

@Event('shop.order-paid')
export class PublicOrderPaid {
  constructor(readonly order: string) {}
}

export const registry = createEventRegistry([OrderPlaced, OrderPaid, OrderNoted]);

export const placed = (event: OrderPlaced, { streamId }: PublicationContext): PublicOrderPlaced =>
  new PublicOrderPlaced(streamId, event.cents / 100);

/** One message of each placed order; of a paid one a message if it is worth it. */
export const ordersPublic: PublicationDefinition = publication({
  name: 'orders-public',
  topic: 'orders',
  retry: { attempts: 2, initialMs: 10, maxMs: 10 },
  events: [
    publish(OrderPlaced, placed),
    publish(OrderPaid, ({ cents }, { streamId }) => (cents === 0 ? undefined : new PublicOrderPaid(streamId))),
  ],
});
