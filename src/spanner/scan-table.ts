import type { CallOptions } from '../event-store/call-options.js';
import type { Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodePrefix } from '../event-store/row-plan.js';
import type { SpannerContext } from './context.js';
import type { ListValue } from './protocol.js';
import type { ReadTime } from './rpc.js';
import { encodedRow, keyCells } from './view-cells.js';
import { keyOfCells, pageBody } from './view-reads.js';

/** Rows of one page of a scan; it bounds the memory. */
const PAGE_ROWS = 500;

/** What is scanned, and as of when; without a time, each page is a strong read of its own. */
export interface Scan {
  readonly table: TableDefinition;
  readonly prefix: Row | undefined;
  readonly options: CallOptions | undefined;
  readonly at?: ReadTime;
}

/** The rows whose key begins with the prefix, in key order. 1 Read a page. */
export async function* scanTable({ calls, rpc }: SpannerContext, { table, prefix, options, at }: Scan): AsyncGenerator<Row> {
  const start = keyCells(table, encodePrefix(table, prefix));
  const scope = at === undefined ? {} : { transaction: at };
  let after: ListValue | undefined;
  for (;;) {
    const call = calls.begin(options);
    const body = pageBody(table, start, { after, limit: PAGE_ROWS });
    const attempt = (): ReturnType<typeof rpc.readAll> => rpc.readAll(body, call, scope);
    const page = await calls.run({ name: `the scan of ${table.name}`, kind: 'read', attempt }, call);
    for (const cells of page) yield decodeRow(table, encodedRow(table, cells));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = keyOfCells(table, last);
  }
}
