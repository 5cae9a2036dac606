import { Aggregate, AggregateRoot, Apply, Handle } from 'eventspan';
import { CancelShipment, DispatchShipment, RequestShipment, ShipmentCancelled, ShipmentDispatched, ShipmentRequested } from './messages.js';

/** The parcel of one order. */
@Aggregate('shipment')
export class Shipment extends AggregateRoot {
  private status: 'none' | 'requested' | 'dispatched' | 'cancelled' = 'none';

  @Handle(RequestShipment, { stream: 'new' })
  request({ orderId }: RequestShipment): void {
    this.record(new ShipmentRequested(orderId));
  }

  /** The carrier took it. One that comes too late changes nothing. */
  @Handle(DispatchShipment, { stream: 'existing' })
  dispatch({ orderId }: DispatchShipment): void {
    if (this.status === 'requested') this.record(new ShipmentDispatched(orderId));
  }

  @Handle(CancelShipment, { stream: 'existing' })
  cancel({ orderId }: CancelShipment): void {
    if (this.status !== 'cancelled') this.record(new ShipmentCancelled(orderId, this.status === 'dispatched'));
  }

  @Apply(ShipmentRequested)
  protected onRequested(): void {
    this.status = 'requested';
  }

  @Apply(ShipmentDispatched)
  protected onDispatched(): void {
    this.status = 'dispatched';
  }

  @Apply(ShipmentCancelled)
  protected onCancelled(): void {
    this.status = 'cancelled';
  }
}
