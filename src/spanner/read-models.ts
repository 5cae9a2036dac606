import type { CallOptions } from '../event-store/call-options.js';
import type { OpenBatchOptions, ReadModelBatch, ReadModels, Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodeKey, encodePrefix } from '../event-store/row-plan.js';
import type { SpannerContext } from './context.js';
import type { ListValue } from './protocol.js';
import { SpannerReadModelBatch } from './read-model-batch.js';
import { encodedRow, keyCells } from './view-cells.js';
import { keyOfCells, pageBody, rowsBody, rowsInOrder } from './view-reads.js';
import { ensureViewTables } from './view-tables.js';

const PAGE_ROWS = 500;

/** Read-model tables beside the log. */
export class SpannerReadModels implements ReadModels {
  constructor(private readonly context: SpannerContext) {}

  async ensureTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    await ensureViewTables(this.context, tables, this.context.calls.begin(options));
  }

  async openBatch(options: OpenBatchOptions): Promise<ReadModelBatch> {
    return new SpannerReadModelBatch(this.context, options);
  }

  async get(table: TableDefinition, keys: readonly Row[], options?: CallOptions): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((row) => encodeKey(table, row));
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    if (encoded.length === 0) return [];
    const attempt = async (): Promise<(Row | undefined)[]> =>
      rowsInOrder(table, encoded, await rpc.readAll(rowsBody(table, encoded), call));
    return calls.run({ name: `the read of ${table.name}`, kind: 'read', attempt }, call);
  }

  async *scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncGenerator<Row> {
    const { calls, rpc } = this.context;
    const start = keyCells(table, encodePrefix(table, prefix));
    let after: ListValue | undefined;
    for (;;) {
      const call = calls.begin(options);
      const body = pageBody(table, start, { after, limit: PAGE_ROWS });
      const page = await calls.run({ name: `the scan of ${table.name}`, kind: 'read', attempt: () => rpc.readAll(body, call) }, call);
      for (const cells of page) yield decodeRow(table, encodedRow(table, cells));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ROWS) return;
      after = keyOfCells(table, last);
    }
  }
}
