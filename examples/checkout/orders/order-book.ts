import { On, Projector, readModelTable, type ProjectionContext } from 'eventspan';
import { StockRefused, StockReleased, StockReserved } from '../inventory/messages.js';
import { PaymentCharged, PaymentRefunded } from '../payments/messages.js';
import { ShipmentCancelled, ShipmentDispatched, ShipmentRequested } from '../shipping/messages.js';
import { OrderCancelled, OrderConfirmed, OrderPlaced, ShippingOverdue } from './messages.js';

export const orderBook = readModelTable('order_book', {
  key: ['order_id'],
  columns: { order_id: 'string', customer: 'string', sku: 'string', quantity: 'integer', amount: 'integer', status: 'string' },
});

/** What has happened to an order, for those who watch it; in the order of the commits. */
export const orderSteps = readModelTable('order_steps', {
  key: ['order_id', 'position'],
  columns: { order_id: 'string', position: 'string', text: 'string', at: 'timestamp' },
});

/** Made of the events of all services: what a customer sees of an order. */
@Projector('order-book', { tables: [orderBook, orderSteps] })
export class OrderBook {
  @On(OrderPlaced)
  placed({ orderId: order_id, customer, sku, quantity, amount }: OrderPlaced, context: ProjectionContext): void {
    context.view.upsert('order_book', { order_id, customer, sku, quantity, amount, status: 'open' });
    step(context, order_id, `${quantity} x ${sku} ordered`);
  }

  @On(OrderConfirmed)
  confirmed({ orderId: order_id }: OrderConfirmed, context: ProjectionContext): void {
    context.view.upsert('order_book', { order_id, status: 'confirmed' });
    step(context, order_id, 'confirmed');
  }

  @On(OrderCancelled)
  cancelled({ orderId: order_id }: OrderCancelled, context: ProjectionContext): void {
    context.view.upsert('order_book', { order_id, status: 'cancelled' });
    step(context, order_id, 'cancelled');
  }

  @On(StockReserved)
  reserved({ orderId }: StockReserved, context: ProjectionContext): void {
    step(context, orderId, 'stock reserved');
  }

  @On(StockRefused)
  outOfStock({ orderId, available }: StockRefused, context: ProjectionContext): void {
    step(context, orderId, `out of stock: ${available} left`);
  }

  @On(StockReleased)
  released({ orderId }: StockReleased, context: ProjectionContext): void {
    step(context, orderId, 'stock released');
  }

  @On(PaymentCharged)
  charged({ orderId, amount }: PaymentCharged, context: ProjectionContext): void {
    step(context, orderId, `${amount} cents charged`);
  }

  @On(PaymentRefunded)
  refunded({ orderId, amount }: PaymentRefunded, context: ProjectionContext): void {
    step(context, orderId, `${amount} cents refunded`);
  }

  @On(ShipmentRequested)
  requested({ orderId }: ShipmentRequested, context: ProjectionContext): void {
    step(context, orderId, 'carrier asked');
  }

  @On(ShipmentDispatched)
  dispatched({ orderId }: ShipmentDispatched, context: ProjectionContext): void {
    step(context, orderId, 'on its way');
  }

  @On(ShipmentCancelled)
  recalled({ orderId, recalled }: ShipmentCancelled, context: ProjectionContext): void {
    step(context, orderId, recalled ? 'called back from the carrier' : 'carrier told that nothing is to be sent');
  }

  @On(ShippingOverdue)
  overdue({ orderId }: ShippingOverdue, context: ProjectionContext): void {
    step(context, orderId, 'the carrier has not answered');
  }
}

function step({ view, position, time }: ProjectionContext, orderId: string, text: string): void {
  view.upsert('order_steps', { order_id: orderId, position, text, at: time });
}
