import type { CallGate } from '../event-store/call-gate.js';
import type { CallOptions } from '../event-store/call-options.js';
import { checkConsumer } from '../event-store/cursor-checks.js';
import type { ReadModelSnapshot, Row, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodePrefix, encodeKey, compareKeys } from '../event-store/row-plan.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { SqliteDatabase } from './database.js';
import type { SqlRow } from './driver.js';
import { toStoreError } from './errors.js';
import { scanPages } from './scan-pages.js';
import { readCursors } from './shard-cursors.js';
import { encodedRowOf } from './table-sql.js';

/** A connection of its own with a read transaction: in write-ahead mode it sees one state, and holds up no writer. */
export class SqliteSnapshot implements ReadModelSnapshot {
  private isOpen = true;

  constructor(
    private readonly reader: SqliteDatabase,
    private readonly gate: CallGate,
  ) {
    try {
      reader.exec('BEGIN');
      reader.get('SELECT shards FROM settings'); // the first read takes the state
    } catch (error) {
      reader.close();
      throw toStoreError(error, 'the opening of a snapshot');
    }
  }

  async cursors(consumer: string, options?: CallOptions): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    this.gate.enter('Read', options);
    return readCursors(this.reader, consumer);
  }

  async *scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncGenerator<Row> {
    yield* scanPages(table, encodePrefix(table, prefix), ({ sql, values }) => {
      this.gate.enter('Read', options);
      try {
        return this.reader.all(sql, values);
      } catch (error) {
        throw toStoreError(error, `the reading of ${table.name}`);
      }
    });
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.reader.exec('COMMIT');
    this.reader.close();
  }
}

/** For a database in memory, which has one connection: everything is copied at once. */
export function copiedSnapshot(database: SqliteDatabase): ReadModelSnapshot {
  const { tables, cursors } = database.read('the copying of a snapshot', () => ({
    tables: copyTables(database),
    cursors: database.all('SELECT DISTINCT consumer FROM cursors').flatMap((row) => readCursors(database, row['consumer'] as string)),
  }));
  return {
    cursors: async (consumer) => cursors.filter((cursor) => cursor.consumer === consumer),
    async *scan(table, prefix) {
      const encoded = encodePrefix(table, prefix);
      const rows = (tables.get(table.name.toLowerCase()) ?? []).map((row) => encodedRowOf(table, row));
      const keyed = rows.map((row) => ({ row: decodeRow(table, row), key: encodeKey(table, decodeRow(table, row)) }));
      const hits = keyed.filter(({ key }) => compareKeys(encoded, key) === 0).sort((a, b) => compareKeys(a.key, b.key));
      for (const { row } of hits) yield row;
    },
    close: async () => undefined,
  };
}

function copyTables(database: SqliteDatabase): ReadonlyMap<string, readonly SqlRow[]> {
  const names = database.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('events', 'snapshots', 'append_keys')");
  return new Map(names.map(({ name }) => [String(name).toLowerCase(), database.all(`SELECT * FROM "${String(name)}"`)]));
}
