import { Aggregate, AggregateRoot, Apply, Handle } from 'eventspan';
import { Refusal } from '../refusal.js';
import { CancelOrder, ConfirmOrder, OrderCancelled, OrderConfirmed, OrderPlaced, PlaceOrder } from './messages.js';

@Aggregate('order')
export class Order extends AggregateRoot {
  private status: 'none' | 'placed' | 'confirmed' | 'cancelled' = 'none';
  private customer = '';

  @Handle(PlaceOrder, { stream: 'new' })
  place({ orderId, customer, sku, quantity, amount }: PlaceOrder): void {
    if (!(quantity > 0)) throw new Refusal('An order is for one piece at least.');
    this.record(new OrderPlaced(orderId, customer, sku, quantity, amount));
  }

  @Handle(ConfirmOrder, { stream: 'existing' })
  confirm({ orderId }: ConfirmOrder): void {
    this.mustBePlaced();
    this.record(new OrderConfirmed(orderId, this.customer));
  }

  @Handle(CancelOrder, { stream: 'existing' })
  cancel({ orderId }: CancelOrder): void {
    this.mustBePlaced();
    this.record(new OrderCancelled(orderId, this.customer));
  }

  @Apply(OrderPlaced)
  protected onPlaced({ customer }: OrderPlaced): void {
    this.status = 'placed';
    this.customer = customer;
  }

  @Apply(OrderConfirmed)
  protected onConfirmed(): void {
    this.status = 'confirmed';
  }

  @Apply(OrderCancelled)
  protected onCancelled(): void {
    this.status = 'cancelled';
  }

  private mustBePlaced(): void {
    if (this.status !== 'placed') throw new Refusal(`The order is ${this.status}.`);
  }
}
