import type { CallOptions } from '../event-store/call-options.js';
import { checkConsumer } from '../event-store/cursor-checks.js';
import type { ReadModelSnapshot, Row, TableDefinition } from '../event-store/read-models.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { SpannerContext } from './context.js';
import { CURSOR_COLUMNS, cursorOfRow, newest } from './cursor-rows.js';
import type { ReadTime } from './rpc.js';
import { scanTable } from './scan-table.js';
import { timestampOf } from './times.js';
import { key } from './values.js';

/** One time of the database. Nothing is held open: every read names the time, for as long as the database keeps its versions. */
export class SpannerSnapshot implements ReadModelSnapshot {
  private readonly at: ReadTime;

  constructor(
    private readonly context: SpannerContext,
    time: string,
  ) {
    this.at = { readTimestamp: timestampOf(time) };
  }

  async cursors(consumer: string, options?: CallOptions): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    const range = { startClosed: key(consumer), endClosed: key(consumer) };
    const body = { table: 'cursors', columns: CURSOR_COLUMNS, keySet: { ranges: [range] } };
    const attempt = async (): Promise<readonly Cursor[]> => {
      const rows = await rpc.readAll(body, call, { transaction: this.at });
      return [...newest(rows.map(cursorOfRow)).values()];
    };
    return calls.run({ name: 'the read of cursors', kind: 'read', attempt }, call);
  }

  scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncIterable<Row> {
    return scanTable(this.context, { table, prefix, options, at: this.at });
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
