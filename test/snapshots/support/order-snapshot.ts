import { aggregateModelOf } from '../../../src/model/class-aggregate.js';
import type { AggregateModel } from '../../../src/model/aggregate-model.js';
import { ItemAdded, Order } from './orders.js';

export const order: AggregateModel<Order> = aggregateModelOf(Order);

/** The text of a good snapshot of an order after events of quantity 1, told to be of another version where that is given. */
export function snapshotText(events: number, version = events): string {
  let state = order.initial('order-x');
  for (let at = 1; at <= events; at++) state = order.evolve(state, new ItemAdded(1), { streamId: 'order-x', version: at });
  return order.toSnapshot(state, version);
}
