import type { Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, type EncodedKey } from '../event-store/row-plan.js';
import type { SqlRow } from './driver.js';
import { encodedRowOf, selectPage, type BoundSql } from './table-sql.js';

/** Rows of one page of a scan; it bounds the memory. */
const PAGE = 256;

/** All rows whose key begins with `prefix`, in key order; `read` answers one page. */
export function* scanPages(table: TableDefinition, prefix: EncodedKey, read: (page: BoundSql) => readonly SqlRow[]): Generator<Row> {
  for (let after: EncodedKey | undefined; ;) {
    const rows = read(selectPage(table, { prefix, after, limit: PAGE })).map((row) => encodedRowOf(table, row));
    for (const row of rows) yield decodeRow(table, row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = table.key.slice(prefix.length).map((column) => last[column] as EncodedKey[number]);
  }
}
