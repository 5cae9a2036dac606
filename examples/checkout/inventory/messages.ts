import { Command, Event } from 'eventspan';

@Command('inventory.add-stock', { aggregateId: (command: AddStock) => command.sku })
export class AddStock {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}

@Command('inventory.reserve-stock', { aggregateId: (command: ReserveStock) => command.sku })
export class ReserveStock {
  constructor(
    readonly sku: string,
    readonly orderId: string,
    readonly quantity: number,
  ) {}
}

@Command('inventory.release-stock', { aggregateId: (command: ReleaseStock) => command.sku })
export class ReleaseStock {
  constructor(
    readonly sku: string,
    readonly orderId: string,
  ) {}
}

@Event('inventory.stock-added')
export class StockAdded {
  constructor(readonly quantity: number) {}
}

@Event('inventory.stock-reserved')
export class StockReserved {
  constructor(
    readonly orderId: string,
    readonly quantity: number,
  ) {}
}

/** There is not enough of it. No error: that this happens is part of the business. */
@Event('inventory.stock-refused')
export class StockRefused {
  constructor(
    readonly orderId: string,
    readonly quantity: number,
    readonly available: number,
  ) {}
}

@Event('inventory.stock-released')
export class StockReleased {
  constructor(
    readonly orderId: string,
    readonly quantity: number,
  ) {}
}
