import type { OrderRequest } from './orders/front.js';
import { shareOf } from './faults.js';

const SKUS = ['lamp', 'chair', 'desk', 'shelf', 'clock', 'plant', 'mirror', 'rug'] as const;
const PRICES: Readonly<Record<string, number>> = {
  lamp: 3_900,
  chair: 8_900,
  desk: 24_900,
  shelf: 12_900,
  clock: 2_900,
  plant: 1_900,
  mirror: 5_900,
  rug: 9_900,
};

/** What the shop has in the beginning: of two articles too little, so that some orders find nothing left. */
export function stockFor(orders: number): readonly (readonly [string, number])[] {
  const plenty = orders * 3;
  return SKUS.map((sku) => [sku, sku === 'rug' || sku === 'mirror' ? Math.ceil(orders / 10) : plenty]);
}

/** A customer for each ten orders; one in eight is short of money. */
export function accountsFor(orders: number): readonly (readonly [string, number])[] {
  return Array.from({ length: customersOf(orders) }, (_, at) => [`customer-${at}`, at % 8 === 3 ? 20_000 : 100_000_000]);
}

/** The same for the same number, in every run. */
export function orderOf(at: number, orders: number): { readonly id: string; readonly request: OrderRequest } {
  const id = `o-${at}`;
  const sku = SKUS[Math.floor(shareOf(`sku/${id}`) * SKUS.length)] ?? 'lamp';
  const quantity = 1 + Math.floor(shareOf(`quantity/${id}`) * 3);
  const customer = `customer-${Math.floor(shareOf(`customer/${id}`) * customersOf(orders))}`;
  return { id, request: { customer, sku, quantity, amount: quantity * (PRICES[sku] ?? 0) } };
}

function customersOf(orders: number): number {
  return Math.max(8, Math.ceil(orders / 10));
}
