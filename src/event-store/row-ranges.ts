import { checkWholeNumber } from '../errors/check-option.js';
import type { ReadRangesOptions, RowRange, TableDefinition } from './read-models.js';
import { compareKeys, encodePrefix, type EncodedKey } from './row-plan.js';

/** A checked range; both ends inclusive, each the first parts of a key. */
export interface PlannedRange {
  readonly from: EncodedKey;
  readonly upTo: EncodedKey;
}

/** Checks ranges and puts them in key order. Throws `VIEW_VALUE_INVALID`, and `OPTION_INVALID` for the limit. */
export function planRanges(table: TableDefinition, ranges: readonly RowRange[], { limit }: ReadRangesOptions): readonly PlannedRange[] {
  checkWholeNumber('limit', limit, { min: 1, max: 10_000 });
  const planned = ranges.map(({ from, upTo }) => ({ from: encodePrefix(table, from), upTo: encodePrefix(table, upTo) }));
  return planned.toSorted((a, b) => compareKeys(a.from, b.from));
}

/** Whether a key lies in a range. */
export function isInRange({ from, upTo }: PlannedRange, key: EncodedKey): boolean {
  return compareKeys(from, key) <= 0 && compareKeys(upTo, key) >= 0;
}
