import { Consumer, On, type ConsumerContext } from 'eventspan';
import type { Faults } from '../faults.js';
import { DispatchShipment, ShipmentRequested } from './messages.js';

/** Stands for the carrier, who mostly answers. */
@Consumer('carrier')
export class Carrier {
  constructor(private readonly faults: Faults) {}

  @On(ShipmentRequested)
  asked({ orderId }: ShipmentRequested, context: ConsumerContext): void {
    if (!this.faults.isSilentCarrier(orderId)) context.send(new DispatchShipment(orderId));
  }
}
