import { types } from 'node:util';
import type { Row } from '../../event-store/read-models.js';
import { compareCodePoints } from '../../event-store/position.js';
import { throwIfAborted } from '../../support/abort.js';
import type { DeclaredTable } from '../projector-definition.js';
import type { RowDifference, TableComparison } from './generation-comparison.js';
import { RowDigest, rowText } from './row-digest.js';

/** Differing rows that are named. */
const MAX_NAMED = 20;

/** One table as one generation has it: its rows in key order, counters summed. */
export interface TableSide {
  readonly table: DeclaredTable;
  readonly rows: AsyncIterable<Row>;
}

/** The columns of a declared table, counters included, and its key. */
export function columnsOf(table: DeclaredTable): { readonly key: readonly string[]; readonly columns: readonly string[] } {
  if (table.kind === 'rows') return { key: table.key, columns: Object.keys(table.columns) };
  const key = Object.keys(table.key);
  return { key, columns: [...key, ...table.counters] };
}

/** Compares two versions of one table row by row, both in key order, with one row of each in memory. */
export async function compareTables(old: TableSide, fresh: TableSide, signal?: AbortSignal): Promise<TableComparison> {
  const shape = shapeOf(old.table, fresh.table);
  const comparison = new RunningComparison(shape);
  const walk = shape.key === undefined ? countBoth(old.rows, fresh.rows) : mergeByKey(old.rows, fresh.rows, shape.key);
  for await (const pair of walk) {
    throwIfAborted(signal);
    comparison.saw(pair);
  }
  return comparison.result(old.table.name);
}

interface Shape {
  /** Absent where the keys have different columns. */
  readonly key: readonly string[] | undefined;
  /** That both have, in one order. */
  readonly common: readonly string[];
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
}

interface Pair {
  readonly old?: Row;
  readonly new?: Row;
}

function shapeOf(old: DeclaredTable, fresh: DeclaredTable): Shape {
  const a = columnsOf(old);
  const b = columnsOf(fresh);
  return {
    key: a.key.join() === b.key.join() ? a.key : undefined,
    common: a.columns.filter((column) => b.columns.includes(column)).toSorted(),
    onlyOld: a.columns.filter((column) => !b.columns.includes(column)),
    onlyNew: b.columns.filter((column) => !a.columns.includes(column)),
  };
}

class RunningComparison {
  private readonly old = new RowDigest();
  private readonly fresh = new RowDigest();
  private readonly named: RowDifference[] = [];
  private differing = 0;

  constructor(private readonly shape: Shape) {}

  saw(pair: Pair): void {
    const old = pair.old && rowText(pair.old, this.shape.common);
    const fresh = pair.new && rowText(pair.new, this.shape.common);
    if (old !== undefined) this.old.add(old);
    if (fresh !== undefined) this.fresh.add(fresh);
    if (old === fresh || this.shape.key === undefined) return;
    this.differing++;
    if (this.named.length < MAX_NAMED) this.named.push({ key: this.keyOf(pair), in: sideOf(pair) });
  }

  result(table: string): TableComparison {
    const { key, onlyOld, onlyNew } = this.shape;
    const rows = { old: this.old.rows, new: this.fresh.rows };
    const checksums = { old: this.old.checksum, new: this.fresh.checksum };
    const equal = key !== undefined && checksums.old === checksums.new && rows.old === rows.new && onlyOld.length + onlyNew.length === 0;
    return {
      table,
      equal,
      rows,
      checksums,
      ...(key !== undefined && { differing: this.differing }),
      differences: this.named,
      columns: { old: onlyOld, new: onlyNew },
    };
  }

  private keyOf(pair: Pair): Row {
    const row = pair.old ?? pair.new ?? {};
    return Object.fromEntries((this.shape.key ?? []).map((column) => [column, row[column] ?? null]));
  }
}

function sideOf(pair: Pair): RowDifference['in'] {
  if (pair.old === undefined) return 'new';
  return pair.new === undefined ? 'old' : 'both';
}

async function* countBoth(old: AsyncIterable<Row>, fresh: AsyncIterable<Row>): AsyncGenerator<Pair> {
  for await (const row of old) yield { old: row };
  for await (const row of fresh) yield { new: row };
}

/** Both in key order; a pair a key. The iterators are ended in every case, so that a store may give up what it keeps for them. */
async function* mergeByKey(old: AsyncIterable<Row>, fresh: AsyncIterable<Row>, key: readonly string[]): AsyncGenerator<Pair> {
  const left = old[Symbol.asyncIterator]();
  const right = fresh[Symbol.asyncIterator]();
  try {
    let a = await left.next();
    let b = await right.next();
    while (!a.done || !b.done) {
      const pair = pairOf(a, b, key);
      yield pair;
      if (pair.old !== undefined) a = await left.next();
      if (pair.new !== undefined) b = await right.next();
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

/** The next key: of the side that is behind, or of both. */
function pairOf(a: IteratorResult<Row, unknown>, b: IteratorResult<Row, unknown>, key: readonly string[]): Pair {
  if (a.done) return b.done ? {} : { new: b.value };
  if (b.done) return { old: a.value };
  const order = compareKeys(a.value, b.value, key);
  return { ...(order <= 0 && { old: a.value }), ...(order >= 0 && { new: b.value }) };
}

/** The order of the stores: text by code points, false before true, numbers and times ascending. */
function compareKeys(a: Row, b: Row, key: readonly string[]): number {
  for (const column of key) {
    const order = compareValues(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  return numberOf(a) - numberOf(b);
}

function numberOf(value: unknown): number {
  return types.isDate(value) ? value.getTime() : Number(value);
}
