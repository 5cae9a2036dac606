import { Aggregate, AggregateRoot, Apply, Handle } from 'eventspan';
import { Refusal } from '../refusal.js';
import { AddStock, ReleaseStock, ReserveStock, StockAdded, StockRefused, StockReleased, StockReserved } from './messages.js';

/** What the warehouse has of one article, and what of it is promised to whom. */
@Aggregate('stock')
export class Stock extends AggregateRoot {
  private available = 0;
  private readonly reserved = new Map<string, number>();

  @Handle(AddStock, { stream: 'any' })
  add({ quantity }: AddStock): void {
    this.record(new StockAdded(quantity));
  }

  @Handle(ReserveStock, { stream: 'any' })
  reserve({ orderId, quantity }: ReserveStock): void {
    if (this.reserved.has(orderId)) return;
    if (quantity > this.available) this.record(new StockRefused(orderId, quantity, this.available));
    else this.record(new StockReserved(orderId, quantity));
  }

  @Handle(ReleaseStock, { stream: 'existing' })
  release({ orderId }: ReleaseStock): void {
    const quantity = this.reserved.get(orderId);
    if (quantity === undefined) throw new Refusal(`Nothing is reserved for order ${orderId}.`);
    this.record(new StockReleased(orderId, quantity));
  }

  @Apply(StockAdded)
  protected onAdded({ quantity }: StockAdded): void {
    this.available += quantity;
  }

  @Apply(StockReserved)
  protected onReserved({ orderId, quantity }: StockReserved): void {
    this.available -= quantity;
    this.reserved.set(orderId, quantity);
  }

  @Apply(StockRefused)
  protected onRefused(): void {
    // Nothing changes.
  }

  @Apply(StockReleased)
  protected onReleased({ orderId, quantity }: StockReleased): void {
    this.available += quantity;
    this.reserved.delete(orderId);
  }
}
