import { EventspanError } from '../errors/eventspan-error.js';
import type { CallGate } from '../event-store/call-gate.js';
import type { CallOptions } from '../event-store/call-options.js';
import { checkConsumer } from '../event-store/cursor-checks.js';
import type { ReadModelSnapshot, Row, TableDefinition } from '../event-store/read-models.js';
import { encodePrefix } from '../event-store/row-plan.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { SqliteDatabase } from './database.js';
import { toStoreError } from './errors.js';
import { scanPages } from './scan-pages.js';
import { readCursors } from './shard-cursors.js';

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
    return this.read('the reading of cursors', options, () => readCursors(this.reader, consumer));
  }

  async *scan(table: TableDefinition, prefix?: Row, options?: CallOptions): AsyncGenerator<Row> {
    yield* scanPages(table, encodePrefix(table, prefix), ({ sql, values }) =>
      this.read(`the reading of ${table.name}`, options, () => this.reader.all(sql, values)),
    );
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.reader.close();
  }

  private read<T>(operation: string, options: CallOptions | undefined, work: () => T): T {
    this.gate.enter('Read', options);
    if (!this.isOpen) throw new EventspanError('STORE_FAILED', { operation, reason: 'the snapshot is closed' });
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, operation);
    }
  }
}
