import { Consumer, On, type ConsumerContext } from 'eventspan';
import { OrderCancelled, OrderConfirmed } from '../orders/messages.js';
import { SendEmail } from './messages.js';

/** Decides what customers hear of; the sending is the queue's work, which may take its time. */
@Consumer('notifier')
export class Notifier {
  @On(OrderConfirmed)
  confirmed({ orderId, customer }: OrderConfirmed, context: ConsumerContext): void {
    context.enqueue(new SendEmail(orderId, customer, 'Your order is on its way.'));
  }

  @On(OrderCancelled)
  cancelled({ orderId, customer }: OrderCancelled, context: ConsumerContext): void {
    context.enqueue(new SendEmail(orderId, customer, 'Your order had to be cancelled.'));
  }
}
