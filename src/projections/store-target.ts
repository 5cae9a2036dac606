import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelBatch, RowChange } from '../event-store/read-models.js';
import type { EventBatch } from '../subscriptions/event-handler.js';
import { addAmounts, CounterPartials, type Partial } from './counter-partials.js';
import { keyOf, type CounterIncrement } from './counter-increment.js';
import { SHARD_COLUMN } from './physical-table.js';
import type { ProjectionTarget, TargetBatch } from './projection-target.js';
import type { ProjectorDefinition } from './projector-definition.js';
import type { ViewBuffer } from './view-buffer.js';
import type { ViewTables } from './view-tables.js';

/** What is remembered of a shard's counters, and the token under which it is true. */
interface ShardMemory {
  readonly token: number;
  readonly partials: CounterPartials;
}

/** What a batch changes, to be committed with its advance. */
export interface RowsOfBatch {
  readonly batch: EventBatch;
  readonly changes: readonly RowChange[];
}

/** An increment with the partial it starts from; undefined while that is not known. */
interface Addition extends CounterIncrement {
  readonly base: Partial | undefined;
}

/**
 * The store's own database: rows and cursor in one commit, so that each event is reflected exactly once. Increments are
 * written as the new values of this shard's partials; those not remembered are read first, all in one Read a table.
 */
export class StoreTarget implements ProjectionTarget {
  private readonly memories = new Map<number, ShardMemory>();

  constructor(
    private readonly store: Pick<EventStore, 'readModels'>,
    private readonly tables: ViewTables,
    private readonly options: { readonly rows: ProjectorDefinition['rows']; readonly caller: string },
  ) {}

  ensureTables(): Promise<void> {
    return this.store.readModels.ensureTables(this.tables.physical, { caller: this.options.caller });
  }

  async open(batch: EventBatch): Promise<TargetBatch> {
    const rows = await this.store.readModels.openBatch({ ...this.options, signal: batch.signal });
    return {
      get: (table, keys) => rows.get(table, keys),
      commit: (view) => this.commit(batch, rows, view),
      abandon: () => rows.abandon(),
    };
  }

  private async commit(batch: EventBatch, rows: ReadModelBatch, view: ViewBuffer): Promise<void> {
    const memory = this.memoryOf(batch);
    // Forgotten until the commit has surely succeeded: whatever goes wrong, nothing false is remembered.
    this.memories.delete(batch.shard);
    const sums = await this.addUp(view.increments(), memory.partials, { rows, shard: batch.shard });
    const written = sums.map((sum) => this.toChange(sum, batch.shard));
    await this.write(rows, view, { batch, changes: [...view.rowChanges(), ...written, ...(batch.changes ?? [])] });
    for (const { table, key, amounts } of sums) memory.partials.remember(table.name, key, amounts);
    this.memories.set(batch.shard, memory);
  }

  /** Overridden where a batch brings more about than rows. */
  protected async write(rows: ReadModelBatch, _view: ViewBuffer, { batch, changes }: RowsOfBatch): Promise<void> {
    await rows.commit(changes, batch.advance);
  }

  private memoryOf({ shard, advance }: EventBatch): ShardMemory {
    const known = this.memories.get(shard);
    return known?.token === advance.token ? known : { token: advance.token, partials: new CounterPartials() };
  }

  /** The increments with the new values in place of the amounts. */
  private async addUp(
    increments: readonly CounterIncrement[],
    partials: CounterPartials,
    from: { readonly rows: ReadModelBatch; readonly shard: number },
  ): Promise<readonly CounterIncrement[]> {
    const additions = increments.map((each): Addition => ({ ...each, base: partials.find(each.table.name, each.key) }));
    const read = new Map<Addition, Partial>();
    for (const table of new Set(additions.map((each) => each.table.name))) {
      const unknown = additions.filter((each) => each.table.name === table && each.base === undefined);
      if (unknown.length === 0) continue;
      const keys = unknown.map((each) => ({ ...keyOf(each), [SHARD_COLUMN]: from.shard }));
      const found = await from.rows.get(this.tables.counterTable(table).physical, keys);
      unknown.forEach((each, at) => read.set(each, countersOf(each, found[at])));
    }
    return additions.map((each) => ({ ...each, amounts: addAmounts(each.table.name, each.base ?? read.get(each) ?? {}, each.amounts) }));
  }

  private toChange(sum: CounterIncrement, shard: number): RowChange {
    const { physical } = this.tables.counterTable(sum.table.name);
    return { kind: 'upsert', table: physical, row: { ...keyOf(sum), [SHARD_COLUMN]: shard, ...sum.amounts } };
  }
}

/** Every counter of a row as read; what is null or missing is 0. */
function countersOf({ table }: CounterIncrement, row: Readonly<Record<string, unknown>> | undefined): Partial {
  return Object.fromEntries(table.counters.map((counter) => [counter, Number(row?.[counter] ?? 0)]));
}
