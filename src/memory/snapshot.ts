import { checkConsumer } from '../event-store/cursor-checks.js';
import type { ReadModelSnapshot, Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodePrefix } from '../event-store/row-plan.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { MemoryLog } from './log.js';
import { tableOf } from './table-of.js';
import type { MemoryTable } from './table.js';

/** Copies of the maps; the rows in them are replaced, never altered. */
export class MemorySnapshot implements ReadModelSnapshot {
  readonly tables: ReadonlyMap<string, MemoryTable>;
  private readonly consumers: ReadonlyMap<string, ReadonlyMap<number, Cursor>>;

  constructor(log: MemoryLog) {
    this.tables = new Map([...log.tables].map(([name, table]) => [name, table.copy()]));
    this.consumers = new Map([...log.cursors].map(([consumer, rows]) => [consumer, new Map(rows)]));
  }

  async cursors(consumer: string): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    return [...(this.consumers.get(consumer)?.values() ?? [])].sort((a, b) => a.shard - b.shard).map((row) => ({ ...row }));
  }

  async *scan(table: TableDefinition, prefix?: Row): AsyncGenerator<Row> {
    const encoded = encodePrefix(table, prefix);
    for (const row of tableOf(this, table).scan(encoded)) yield decodeRow(table, row);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
