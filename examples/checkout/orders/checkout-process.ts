import { On, OnRefused, ProcessManager, StartsOn, type CommandRefusal, type ProcessContext } from 'eventspan';
import { ReleaseStock, ReserveStock, StockRefused, StockReserved } from '../inventory/messages.js';
import { ChargePayment, PaymentCharged, RefundPayment } from '../payments/messages.js';
import { CancelShipment, RequestShipment, ShipmentDispatched } from '../shipping/messages.js';
import { CancelOrder, ConfirmOrder, OrderPlaced, ShippingOverdue } from './messages.js';

/** How long the carrier may take. */
export const SHIPPING_MS = 5_000;

/**
 * Reserve, charge, ship; and when one of them cannot be had, undo what was done, newest first, and cancel the order at last. Every event
 * that it takes names its order. An undo that goes with a command counts once the command has been executed, also when that is heard late.
 */
@ProcessManager('checkout', { correlate: (message: { readonly orderId: string }) => message.orderId })
export class CheckoutProcess {
  private customer = '';
  private sku = '';
  private amount = 0;

  @StartsOn(OrderPlaced)
  begin({ orderId, customer, sku, quantity, amount }: OrderPlaced, context: ProcessContext): void {
    Object.assign(this, { customer, sku, amount });
    context.compensateWith(new CancelOrder(orderId));
    context.send(new ReserveStock(sku, orderId, quantity));
  }

  @On(StockReserved)
  reserved({ orderId }: StockReserved, context: ProcessContext): void {
    context.compensateWith(new ReleaseStock(this.sku, orderId));
    const refund = new RefundPayment(this.customer, orderId);
    context.send(new ChargePayment(this.customer, orderId, this.amount), { compensateWith: refund });
  }

  @On(StockRefused)
  outOfStock(_: StockRefused, context: ProcessContext): void {
    context.compensate('out of stock');
  }

  @On(PaymentCharged)
  charged({ orderId }: PaymentCharged, context: ProcessContext): void {
    context.send(new RequestShipment(orderId), { compensateWith: new CancelShipment(orderId) });
    context.schedule(new ShippingOverdue(orderId), { in: SHIPPING_MS });
  }

  @OnRefused(ChargePayment)
  refused(refusal: CommandRefusal, context: ProcessContext): void {
    context.compensate(`payment refused: ${refusal.message}`);
  }

  @On(ShipmentDispatched)
  dispatched({ orderId }: ShipmentDispatched, context: ProcessContext): void {
    context.cancelTimer(ShippingOverdue);
    context.send(new ConfirmOrder(orderId));
    context.complete();
  }

  @On(ShippingOverdue)
  overdue(_: ShippingOverdue, context: ProcessContext): void {
    context.compensate('the carrier did not answer');
  }
}
