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
import { decodeRow, encodeKey } from '../event-store/row-plan.js';
import { planRanges } from '../event-store/row-ranges.js';
import type { SpannerContext } from './context.js';
import { SpannerReadModelBatch } from './read-model-batch.js';
import { readTime } from './read-time.js';
import { scanTable } from './scan-table.js';
import { SpannerSnapshot } from './snapshot.js';
import { encodedRow } from './view-cells.js';
import { rangesBody, rowsBody, rowsInOrder } from './view-reads.js';
import { dropViewTables, ensureViewTables } from './view-tables.js';

/** Read-model tables beside the log. */
export class SpannerReadModels implements ReadModels {
  readonly removesExpired = true;

  constructor(private readonly context: SpannerContext) {}

  async ensureTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    await ensureViewTables(this.context, tables, this.context.calls.begin(options));
  }

  async dropTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    await dropViewTables(this.context, tables, this.context.calls.begin(options));
  }

  /** 1 Read, which takes the time; every read of the snapshot names it. */
  async openSnapshot(options?: CallOptions): Promise<ReadModelSnapshot> {
    return new SpannerSnapshot(this.context, await readTime(this.context, this.context.calls.begin(options)));
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

  async readRanges(table: TableDefinition, ranges: readonly RowRange[], options: ReadRangesOptions): Promise<readonly Row[]> {
    const planned = planRanges(table, ranges, options);
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    if (planned.length === 0) return [];
    const body = rangesBody(table, planned, options.limit);
    const attempt = async (): Promise<Row[]> => (await rpc.readAll(body, call)).map((cells) => decodeRow(table, encodedRow(table, cells)));
    return calls.run({ name: `the read of ${table.name}`, kind: 'read', attempt }, call);
  }

  scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncIterable<Row> {
    return scanTable(this.context, { table, prefix, options });
  }
}
