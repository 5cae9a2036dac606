import { EventspanError } from '../errors/eventspan-error.js';
import { decodeRow, encodeKey, planChange, type EncodedKey } from '../event-store/row-plan.js';
import type { Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import { checkAmounts, type CounterIncrement } from './counter-increment.js';
import { addAmounts, addInto } from './counter-partials.js';
import { addChange, needsBase, overlay, toRowChange, type PendingChanges } from './pending-row.js';
import { rowIdentity } from './row-identity.js';
import type { View } from './projector-definition.js';
import type { ViewTables } from './view-tables.js';

/** Where rows come from that the batch has not written: a `ReadModelBatch`, or a foreign database. */
export interface RowSource {
  get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]>;
}

interface PendingRow {
  readonly table: TableDefinition;
  readonly changes: PendingChanges;
}

/**
 * The view of one batch: collects what handlers do to rows, checks it at once (so that the failing event is known), and answers
 * `get` with the batch's own writes over the database's row. Nothing leaves it before the batch is committed.
 *
 * States: open; closed, when the batch has ended one way or another: then every use throws `VIEW_CLOSED`.
 */
export class ViewBuffer implements View {
  private readonly rows = new Map<string, PendingRow>();
  private readonly bases = new Map<string, Row | undefined>();
  private readonly counters = new Map<string, CounterIncrement & { readonly amounts: Record<string, number> }>();
  private reads: Promise<unknown> = Promise.resolve();
  private readFault: { readonly error: unknown } | undefined;
  private closed = false;

  constructor(
    private readonly projector: string,
    private readonly tables: ViewTables,
    private readonly source: RowSource,
  ) {}

  insert(table: string, row: Row): void {
    this.change('insert', table, row);
  }

  upsert(table: string, row: Row): void {
    this.change('upsert', table, row);
  }

  update(table: string, row: Row): void {
    this.change('update', table, row);
  }

  delete(table: string, key: Row): void {
    this.change('delete', table, key);
  }

  increment(table: string, key: Row, amounts: Readonly<Record<string, number>>): void {
    this.checkOpen('increment', table);
    const { declared } = this.tables.counterTable(table);
    const encoded = checkAmounts(declared, key, amounts);
    const identity = rowIdentity(table, encoded);
    const before = this.counters.get(identity);
    if (before !== undefined) addInto(table, before.amounts, amounts);
    else this.counters.set(identity, { table: declared, key: encoded, amounts: { ...addAmounts(table, {}, amounts) } });
  }

  async get(table: string, key: Row): Promise<Row | undefined> {
    this.checkOpen('get', table);
    const definition = this.tables.rowTable(table, 'get');
    const encoded = encodeKey(definition, key);
    const identity = rowIdentity(table, encoded);
    if (needsBase(this.pending(identity)) && !this.bases.has(identity)) await this.readBase(identity, definition, encoded);
    return overlay(definition, this.pending(identity), copyOf(this.bases.get(identity)));
  }

  /** Whether a read failed, whatever the handler made of it: the batch cannot be committed then. */
  get fault(): { readonly error: unknown } | undefined {
    return this.readFault;
  }

  /** The changes of rows, in the order in which the rows were first touched. */
  rowChanges(): readonly RowChange[] {
    return [...this.rows.values()].flatMap(({ changes }) => changes.map(toRowChange));
  }

  /** What was added to counters, one entry a row. */
  increments(): readonly CounterIncrement[] {
    return [...this.counters.values()];
  }

  close(): void {
    this.closed = true;
  }

  private change(kind: RowChange['kind'], table: string, row: Row): void {
    this.checkOpen(kind, table);
    const definition = this.tables.rowTable(table, kind);
    const planned = planChange({ kind, table: definition, row });
    const identity = rowIdentity(table, planned.key);
    this.rows.set(identity, { table: definition, changes: addChange(this.pending(identity), planned) });
  }

  private pending(identity: string): PendingChanges {
    return this.rows.get(identity)?.changes ?? [];
  }

  /** One read after another: a batch is not for concurrent use, and handlers may well ask for several rows at once. */
  private readBase(identity: string, table: TableDefinition, key: EncodedKey): Promise<void> {
    const read = this.reads.then(async () => {
      if (this.bases.has(identity)) return;
      const [row] = await this.source.get(table, [keyRowOf(table, key)]);
      this.bases.set(identity, row);
    });
    this.reads = read.catch((error: unknown) => {
      this.readFault ??= { error };
    });
    return read;
  }

  /** Throws `VIEW_CLOSED` once the batch has ended. */
  checkOpen(operation: string, table: string): void {
    if (this.closed) throw new EventspanError('VIEW_CLOSED', { projector: this.projector, operation, table });
  }
}

/** The key as a row that a store takes. */
function keyRowOf(table: TableDefinition, key: EncodedKey): Row {
  const row = decodeRow(table, Object.fromEntries(table.key.map((column, at) => [column, key[at] ?? null])));
  return Object.fromEntries(table.key.map((column) => [column, row[column]]));
}

/** A handler may change what it is given. */
function copyOf(row: Row | undefined): Row | undefined {
  return row === undefined ? undefined : structuredClone(row);
}
