import { OutcomeUnknownError } from '../errors/store-errors.js';
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
import { planRanges } from '../event-store/row-ranges.js';
import { checkDroppable, checkTable } from '../event-store/table-definition.js';
import { tableDifference } from '../event-store/table-difference.js';
import type { SqliteContext } from './context.js';
import type { SqliteDatabase } from './database.js';
import type { SqlRow } from './driver.js';
import { SqliteReadModelBatch } from './read-model-batch.js';
import { findRow } from './rows.js';
import { scanPages } from './scan-pages.js';
import { SqliteSnapshot } from './snapshot.js';
import { addColumn, columnTypeOf, createTable, dropTable, encodedRowOf, selectRange } from './table-sql.js';

const COLUMNS = 'SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid';

/** The read models of an SQLite file. */
export class SqliteReadModels implements ReadModels {
  constructor(private readonly context: SqliteContext) {}

  async ensureTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    for (const table of tables) checkTable(table);
    await this.changeTables('the making of tables', options, (database) => {
      for (const table of tables) ensureTable(database, table);
    });
  }

  async dropTables(tables: readonly TableDefinition[], options?: CallOptions): Promise<void> {
    for (const table of tables) checkDroppable(table);
    await this.changeTables('the dropping of tables', options, (database) => {
      for (const table of tables) database.exec(dropTable(table));
    });
  }

  async openSnapshot(options?: CallOptions): Promise<ReadModelSnapshot> {
    const { gate, openReader } = this.context;
    gate.enter('Read', options);
    return new SqliteSnapshot(openReader(), gate);
  }

  async openBatch(options: OpenBatchOptions): Promise<ReadModelBatch> {
    return new SqliteReadModelBatch(this.context, options);
  }

  async get(table: TableDefinition, keys: readonly Row[], options?: CallOptions): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((key) => encodeKey(table, key));
    const { database, gate } = this.context;
    gate.enter('Read', options);
    return database.read(`the reading of ${table.name}`, () => {
      return encoded.map((key) => {
        const row = findRow(database, table, key);
        return row && decodeRow(table, row);
      });
    });
  }

  async readRanges(table: TableDefinition, ranges: readonly RowRange[], options: ReadRangesOptions): Promise<readonly Row[]> {
    const planned = planRanges(table, ranges, options);
    const { database, gate } = this.context;
    gate.enter('Read', options);
    return database.read(`the reading of ${table.name}`, () => {
      const rows: SqlRow[] = [];
      for (const range of planned) {
        const { sql, values } = selectRange(table, range, options.limit - rows.length);
        if (rows.length < options.limit) rows.push(...database.all(sql, values));
      }
      return rows.map((row) => decodeRow(table, encodedRowOf(table, row)));
    });
  }

  async *scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncGenerator<Row> {
    const { database, gate } = this.context;
    yield* scanPages(table, encodePrefix(table, prefix), ({ sql, values }) => {
      gate.enter('Read', options);
      return database.read(`the reading of ${table.name}`, () => database.all(sql, values));
    });
  }

  private async changeTables(operation: string, options: CallOptions | undefined, work: (database: SqliteDatabase) => void): Promise<void> {
    const { database, gate, queue } = this.context;
    gate.enter('Commit', options);
    const unknown = (cause: unknown): Error => new OutcomeUnknownError(operation, [], cause);
    await queue.write({ operation, unknown }, () => work(database));
  }
}

function ensureTable(database: SqliteDatabase, table: TableDefinition): void {
  const found = database.all(COLUMNS, [table.name]);
  if (found.length === 0) return database.exec(createTable(table));
  const columns = Object.fromEntries(found.map((row) => [row['name'] as string, columnTypeOf(row['type'] as string)]));
  for (const [column, type] of tableDifference({ columns, key: keyOf(found) }, table)) database.exec(addColumn(table, column, type));
}

/** `pk` is a column's place in the key, from 1, and 0 for the others. */
function keyOf(found: readonly SqlRow[]): readonly string[] {
  const parts = found.filter((row) => row['pk'] !== 0).toSorted((a, b) => Number(a['pk']) - Number(b['pk']));
  return parts.map((row) => row['name'] as string);
}
