import { Command, Event } from 'eventspan';

const aggregateId = ({ orderId }: { readonly orderId: string }): string => orderId;

@Command('shipping.request', { aggregateId })
export class RequestShipment {
  constructor(readonly orderId: string) {}
}

@Command('shipping.dispatch', { aggregateId })
export class DispatchShipment {
  constructor(readonly orderId: string) {}
}

@Command('shipping.cancel', { aggregateId })
export class CancelShipment {
  constructor(readonly orderId: string) {}
}

@Event('shipping.requested')
export class ShipmentRequested {
  constructor(readonly orderId: string) {}
}

@Event('shipping.dispatched')
export class ShipmentDispatched {
  constructor(readonly orderId: string) {}
}

/** `recalled`: it was on its way already, and comes back. */
@Event('shipping.cancelled')
export class ShipmentCancelled {
  constructor(
    readonly orderId: string,
    readonly recalled: boolean,
  ) {}
}
