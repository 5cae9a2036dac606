import { EventspanError } from '../errors/eventspan-error.js';
import { planAppend } from '../event-store/append-plan.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import { checkAdvances } from '../event-store/cursor-checks.js';
import type { OpenBatchOptions, ReadModelBatch, Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import { decodeRow, encodeKey, planChange, type EncodedKey, type EncodedRow } from '../event-store/row-plan.js';
import type { CursorAdvance } from '../event-store/shard-cursors.js';
import { appendToLog } from './append.js';
import { copyResult } from './copy-result.js';
import { applyChanges } from './apply-changes.js';
import type { MemoryContext } from './context.js';
import { applyAdvances } from './shard-cursors.js';
import { tableOf } from './table-of.js';

/** A row as the batch saw it; rows are replaced, never altered, so identity tells whether it is still the same. */
interface SeenRow {
  readonly table: TableDefinition;
  readonly key: EncodedKey;
  readonly row: EncodedRow | undefined;
}

/** One batch. `shared`: optimistic, what was read is compared at the commit, so that nothing is locked between. */
export class MemoryReadModelBatch implements ReadModelBatch {
  private readonly seen: SeenRow[] = [];
  private hasEnded = false;

  constructor(
    private readonly context: MemoryContext,
    private readonly options: OpenBatchOptions,
  ) {}

  async get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((key) => encodeKey(table, key));
    this.enter('Read');
    return encoded.map((key) => {
      const row = tableOf(this.context.log, table).get(key);
      this.seen.push({ table, key, row });
      return row && decodeRow(table, row);
    });
  }

  async commit(changes: readonly RowChange[], advance?: CursorAdvance): Promise<void> {
    const planned = changes.map(planChange);
    const advances = advance === undefined ? [] : [advance];
    checkAdvances(advances, this.context.log.shardCount);
    this.enter('Commit');
    this.hasEnded = true;
    if (this.options.rows === 'shared') this.seen.forEach((seen) => this.checkUnchanged(seen));
    const { log, clock } = this.context;
    applyChanges(log, planned, () => applyAdvances(log, clock.now(), advances));
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    const { log, clock } = this.context;
    const plan = planAppend(request, log.shardCount);
    this.enter('Commit');
    this.hasEnded = true;
    if (this.options.rows === 'shared') this.seen.forEach((seen) => this.checkUnchanged(seen));
    return copyResult(appendToLog(log, plan, clock.now()));
  }

  async abandon(): Promise<void> {
    this.hasEnded = true;
  }

  private checkUnchanged({ table, key, row }: SeenRow): void {
    if (tableOf(this.context.log, table).get(key) === row) return;
    throw new EventspanError('BATCH_ABORTED', { reason: `the row ${JSON.stringify(key)} of ${table.name} has changed since it was read` });
  }

  private enter(method: 'Read' | 'Commit'): void {
    if (this.hasEnded) throw new EventspanError('STORE_FAILED', { operation: method, reason: 'the batch has ended' });
    this.context.gate.enter(method, this.options);
  }
}
