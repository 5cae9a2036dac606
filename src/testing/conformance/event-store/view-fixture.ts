import type { EventStore } from '../../../event-store/event-store.js';
import type { ReadModelBatch, Row, RowChange, TableDefinition } from '../../../event-store/read-models.js';
import type { CursorAdvance } from '../../../event-store/shard-cursors.js';
import { collect } from './assertions.js';
import type { UniqueNames } from './unique-names.js';

/** A projector's view of a store: one table, and a cursor that it holds. */
export class ViewFixture {
  private constructor(
    readonly store: EventStore,
    readonly table: TableDefinition,
    readonly advance: CursorAdvance,
  ) {}

  /** Makes the table and takes the cursor of a new consumer. */
  static async make(store: EventStore, names: UniqueNames, shape: Omit<TableDefinition, 'name'> = THINGS): Promise<ViewFixture> {
    const table = { ...shape, name: names.table() };
    const consumer = names.next('projector');
    await store.readModels.ensureTables([table]);
    await store.cursors.take(consumer, 'one', [{ shard: 0, token: 0 }]);
    return new ViewFixture(store, table, { consumer, shard: 0, token: 1 });
  }

  change(kind: RowChange['kind'], row: Row): RowChange {
    return { kind, table: this.table, row };
  }

  open(rows: 'shared' | 'stream' = 'stream'): Promise<ReadModelBatch> {
    return this.store.readModels.openBatch({ rows });
  }

  /** One batch without reads. */
  async commit(...changes: readonly RowChange[]): Promise<void> {
    const batch = await this.open();
    await batch.commit(changes, this.advance);
  }

  async get(...keys: readonly Row[]): Promise<readonly (Row | undefined)[]> {
    return this.store.readModels.get(this.table, keys);
  }

  scan(prefix?: Row): Promise<Row[]> {
    return collect(this.store.readModels.scan(this.table, prefix));
  }

  /** When the cursor was last moved: changes with every batch that succeeded, and with no other. */
  async renewedAt(): Promise<string | undefined> {
    return (await this.store.cursors.read(this.advance.consumer)).cursors[0]?.renewedAt;
  }
}

/** A table with a key of one column. */
export const THINGS: Omit<TableDefinition, 'name'> = { columns: { id: 'string', name: 'string', n: 'integer' }, key: ['id'] };
