import { EventspanError } from '../errors/eventspan-error.js';
import type { EncodedKey } from '../event-store/row-plan.js';
import { rowIdentity } from './row-identity.js';

/** The counters of one row of one shard, by name. */
export type Partial = Readonly<Record<string, number>>;

/** Rows that one shard remembers; the least lately used go first, and cost a Read when they are needed again. */
const MAX_REMEMBERED = 10_000;

/**
 * The partials of one shard that this instance wrote or read under the token it holds. Nobody else writes them while that
 * token lives, so they are true without a Read; after any commit that did not surely succeed they must be dropped.
 */
export class CounterPartials {
  private readonly rows = new Map<string, Partial>();

  constructor(private readonly capacity: number = MAX_REMEMBERED) {}

  find(table: string, key: EncodedKey): Partial | undefined {
    return this.rows.get(rowIdentity(table, key));
  }

  remember(table: string, key: EncodedKey, partial: Partial): void {
    const identity = rowIdentity(table, key);
    this.rows.delete(identity);
    this.rows.set(identity, partial);
    const [oldest] = this.rows.keys();
    if (this.rows.size > this.capacity && oldest !== undefined) this.rows.delete(oldest);
  }
}

/** `base` with `amounts` added. Throws `VIEW_VALUE_INVALID` when a counter would leave the safe integers. */
export function addAmounts(table: string, base: Partial, amounts: Partial): Partial {
  const sums = { ...base };
  addInto(table, sums, amounts);
  return sums;
}

/** Adds all of the amounts, or throws as {@link addAmounts} and adds none. */
export function addInto(table: string, sums: Record<string, number>, amounts: Partial): void {
  const counters = Object.keys(amounts);
  for (const counter of counters) {
    const sum = (sums[counter] ?? 0) + (amounts[counter] ?? 0);
    if (!Number.isSafeInteger(sum)) {
      throw new EventspanError('VIEW_VALUE_INVALID', { table, column: counter, value: sum, bound: 'a safe integer' });
    }
  }
  for (const counter of counters) sums[counter] = (sums[counter] ?? 0) + (amounts[counter] ?? 0);
}
