import type { CallOptions } from '../event-store/call-options.js';
import type {
  OpenBatchOptions,
  ReadModelBatch,
  ReadModels,
  ReadModelSnapshot,
  ReadRangesOptions,
  Row,
  RowRange,
  TableDefinition,
} from '../event-store/read-models.js';
import { decodeRow, encodeKey, encodePrefix } from '../event-store/row-plan.js';
import { checkDroppable, checkTable } from '../event-store/table-definition.js';
import { planRanges } from '../event-store/row-ranges.js';
import type { MemoryContext } from './context.js';
import { MemoryReadModelBatch } from './read-model-batch.js';
import { MemorySnapshot } from './snapshot.js';
import { MemoryTable } from './table.js';
import { tableOf } from './table-of.js';

/** The read models of a {@link MemoryLog}. */
export class MemoryReadModels implements ReadModels {
  constructor(private readonly context: MemoryContext) {}

  async ensureTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    for (const table of tables) checkTable(table);
    this.context.gate.enter('Commit', options);
    for (const table of tables) this.ensureTable(table);
  }

  async dropTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    for (const table of tables) checkDroppable(table);
    this.context.gate.enter('Commit', options);
    for (const table of tables) this.context.log.tables.delete(table.name.toLowerCase());
  }

  async openSnapshot(options?: CallOptions): Promise<ReadModelSnapshot> {
    this.context.gate.enter('Read', options);
    return new MemorySnapshot(this.context.log);
  }

  async openBatch(options: OpenBatchOptions): Promise<ReadModelBatch> {
    return new MemoryReadModelBatch(this.context, options);
  }

  async get(table: TableDefinition, keys: readonly Row[], options?: CallOptions): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((key) => encodeKey(table, key));
    this.context.gate.enter('Read', options);
    const rows = tableOf(this.context.log, table);
    return encoded.map((key) => {
      const row = rows.get(key);
      return row && decodeRow(table, row);
    });
  }

  async readRanges(table: TableDefinition, ranges: readonly RowRange[], options: ReadRangesOptions): Promise<readonly Row[]> {
    const planned = planRanges(table, ranges, options);
    this.context.gate.enter('Read', options);
    const rows = tableOf(this.context.log, table).inRanges(planned);
    return rows.slice(0, options.limit).map((row) => decodeRow(table, row));
  }

  async *scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncGenerator<Row> {
    const encoded = encodePrefix(table, prefix);
    this.context.gate.enter('Read', options);
    for (const row of tableOf(this.context.log, table).scan(encoded)) yield decodeRow(table, row);
  }

  private ensureTable(table: TableDefinition): void {
    const { tables } = this.context.log;
    const name = table.name.toLowerCase();
    const found = tables.get(name);
    if (found === undefined) tables.set(name, new MemoryTable(table));
    else found.adopt(table);
  }
}
