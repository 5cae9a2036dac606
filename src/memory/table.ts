import type { ColumnType, TableDefinition } from '../event-store/read-models.js';
import {
  compareKeys,
  newRow,
  rowExists,
  rowMissing,
  type EncodedKey,
  type EncodedRow,
  type PlannedChange,
} from '../event-store/row-plan.js';
import { isInRange, type PlannedRange } from '../event-store/row-ranges.js';
import { tableDifference } from '../event-store/table-difference.js';

/** A row is replaced by each change, never altered: whoever holds one can tell by identity whether it has changed since. */
interface KeyedRow {
  readonly key: EncodedKey;
  readonly row: EncodedRow;
}

/** The rows of one read-model table. */
export class MemoryTable {
  private columns: Readonly<Record<string, ColumnType>>;
  private rows = new Map<string, KeyedRow>();

  constructor(private readonly definition: TableDefinition) {
    this.columns = definition.columns;
  }

  /** Adds what a newer definition has more; throws `VIEW_TABLE_DIFFERS` where it differs otherwise. */
  adopt(wanted: TableDefinition): void {
    const missing = tableDifference({ columns: this.columns, key: this.definition.key }, wanted);
    this.columns = { ...this.columns, ...Object.fromEntries(missing) };
  }

  /** The table as it is now; rows are replaced, never altered, so that it does not change any more. */
  copy(): MemoryTable {
    const copy = new MemoryTable(this.definition);
    copy.columns = this.columns;
    copy.rows = new Map(this.rows);
    return copy;
  }

  get(key: EncodedKey): EncodedRow | undefined {
    return this.rows.get(JSON.stringify(key))?.row;
  }

  /** Rows whose key begins with `prefix`, in key order, as they are now. */
  scan(prefix: EncodedKey): readonly EncodedRow[] {
    return this.sorted((key) => compareKeys(prefix, key) === 0);
  }

  /** Rows in one of the ranges, in key order, as they are now. */
  inRanges(ranges: readonly PlannedRange[]): readonly EncodedRow[] {
    return this.sorted((key) => ranges.some((range) => isInRange(range, key)));
  }

  /** Applies one change and answers how to take it back. Throws `VIEW_ROW_EXISTS` and `VIEW_ROW_MISSING`. */
  apply(change: PlannedChange): () => void {
    const id = JSON.stringify(change.key);
    const before = this.rows.get(id);
    this.put(id, changed(change, before));
    return () => this.put(id, before);
  }

  private sorted(isWanted: (key: EncodedKey) => boolean): readonly EncodedRow[] {
    const hits = [...this.rows.values()].filter(({ key }) => isWanted(key));
    return hits.sort((a, b) => compareKeys(a.key, b.key)).map(({ row }) => row);
  }

  private put(id: string, row: KeyedRow | undefined): void {
    if (row === undefined) this.rows.delete(id);
    else this.rows.set(id, row);
  }
}

function changed(change: PlannedChange, before: KeyedRow | undefined): KeyedRow | undefined {
  const { kind, key, values } = change;
  if (kind === 'delete') return undefined;
  if (kind === 'insert' && before !== undefined) throw rowExists(change);
  if (kind === 'update' && before === undefined) throw rowMissing(change);
  return { key, row: before === undefined ? newRow(change) : { ...before.row, ...values } };
}
