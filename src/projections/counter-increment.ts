import { EventspanError } from '../errors/eventspan-error.js';
import { encodeKey, type EncodedKey } from '../event-store/row-plan.js';
import { decodeValue } from '../event-store/column-values.js';
import type { Row, TableDefinition } from '../event-store/read-models.js';
import type { CounterTable } from './projector-definition.js';

/** What one batch adds to one row of a counter table. */
export interface CounterIncrement {
  readonly table: CounterTable;
  /** In the order of the table's key, as stores keep values. */
  readonly key: EncodedKey;
  /** By counter; safe integers. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** The encoded key. Throws `VIEW_VALUE_INVALID` for the key, an unknown counter, and an amount that is no safe integer. */
export function checkAmounts(table: CounterTable, key: Row, amounts: Readonly<Record<string, number>>): EncodedKey {
  for (const counter of Object.keys(amounts)) {
    const amount = amounts[counter];
    if (!table.counters.includes(counter)) throw invalid(table, { counter, value: amount, bound: 'a counter of the table' });
    if (!Number.isSafeInteger(amount)) throw invalid(table, { counter, value: amount, bound: 'a safe integer' });
  }
  return encodeKey(keyTableOf(table), key);
}

/** The key as a user names it. */
export function keyOf({ table, key }: Pick<CounterIncrement, 'table' | 'key'>): Row {
  return Object.fromEntries(Object.entries(table.key).map(([column, type], at) => [column, decodeValue(type, key[at] ?? null)]));
}

const keyTables = new WeakMap<CounterTable, TableDefinition>();

/** The declared key alone, so that a counter or `shard` among the key columns is refused as unknown. */
function keyTableOf(table: CounterTable): TableDefinition {
  const known = keyTables.get(table);
  if (known !== undefined) return known;
  const made = { name: table.name, columns: table.key, key: Object.keys(table.key) };
  keyTables.set(table, made);
  return made;
}

function invalid(table: CounterTable, { counter, value, bound }: { counter: string; value: unknown; bound: string }): EventspanError {
  return new EventspanError('VIEW_VALUE_INVALID', { table: table.name, column: counter, value, bound });
}
