import { EventspanError } from '../errors/eventspan-error.js';
import { OutcomeUnknownError } from '../errors/store-errors.js';
import { eventIdsOf, planAppend } from '../event-store/append-plan.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import { checkAdvances } from '../event-store/cursor-checks.js';
import type { OpenBatchOptions, ReadModelBatch, Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodeKey, planChange, type EncodedKey } from '../event-store/row-plan.js';
import type { CursorAdvance } from '../event-store/shard-cursors.js';
import type { SqliteContext } from './context.js';
import { appendToLog } from './append.js';
import { applyChange, findRow } from './rows.js';
import { applyAdvances } from './shard-cursors.js';

/** A row as the batch saw it, as text that two equal rows share. */
interface SeenRow {
  readonly table: TableDefinition;
  readonly key: EncodedKey;
  readonly text: string | undefined;
}

/**
 * One batch. `shared`: optimistic. What was read is read again inside the commit's transaction; if all of it is the same, the batch
 * is as if it had run there from its beginning. So no transaction is open while a handler runs.
 */
export class SqliteReadModelBatch implements ReadModelBatch {
  private readonly seen: SeenRow[] = [];
  private hasEnded = false;

  constructor(
    private readonly context: SqliteContext,
    private readonly options: OpenBatchOptions,
  ) {}

  async get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((key) => encodeKey(table, key));
    this.enter('Read');
    const { database } = this.context;
    return database.read(`the reading of ${table.name}`, () => {
      return encoded.map((key) => {
        const row = findRow(database, table, key);
        this.seen.push({ table, key, text: row && JSON.stringify(row) });
        return row && decodeRow(table, row);
      });
    });
  }

  async commit(changes: readonly RowChange[], advance?: CursorAdvance): Promise<void> {
    const planned = changes.map(planChange);
    const advances = advance === undefined ? [] : [advance];
    checkAdvances(advances, this.context.shardCount);
    this.enter('Commit');
    this.hasEnded = true;
    const { database, queue } = this.context;
    const operation = 'the commit of a read-model batch';
    const unknown = (cause: unknown): Error => new OutcomeUnknownError(operation, [], cause);
    await queue.write({ operation, unknown }, () => {
      if (this.options.rows === 'shared') this.seen.forEach((seen) => this.checkUnchanged(seen));
      for (const change of planned) applyChange(database, change);
      if (advance !== undefined) applyAdvances(database, advances);
    });
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    const plan = planAppend(request, this.context.shardCount);
    this.enter('Commit');
    this.hasEnded = true;
    const { database, queue } = this.context;
    const operation = 'the append of a read-model batch';
    const unknown = (cause: unknown): Error => new OutcomeUnknownError(operation, eventIdsOf(plan), cause);
    return queue.write({ operation, unknown }, () => {
      if (this.options.rows === 'shared') this.seen.forEach((seen) => this.checkUnchanged(seen));
      return appendToLog(database, plan);
    });
  }

  async abandon(): Promise<void> {
    this.hasEnded = true;
  }

  private checkUnchanged({ table, key, text }: SeenRow): void {
    const row = findRow(this.context.database, table, key);
    if ((row && JSON.stringify(row)) === text) return;
    throw new EventspanError('BATCH_ABORTED', { reason: `the row ${JSON.stringify(key)} of ${table.name} has changed since it was read` });
  }

  private enter(method: 'Read' | 'Commit'): void {
    if (this.hasEnded) throw new EventspanError('STORE_FAILED', { operation: method, reason: 'the batch has ended' });
    this.context.gate.enter(method, this.options);
  }
}
