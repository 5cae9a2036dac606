import { EventspanError } from '../errors/eventspan-error.js';
import { CursorLostError } from '../errors/store-errors.js';
import { planAppend } from '../event-store/append-plan.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import type { OpenBatchOptions, ReadModelBatch, Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import { encodeKey, planChange, type PlannedChange } from '../event-store/row-plan.js';
import { checkAdvances } from '../event-store/cursor-checks.js';
import type { CursorAdvance } from '../event-store/shard-cursors.js';
import { SpannerAppend } from './append.js';
import { storeFailed, type Call, type Operation, type Refusal } from './calls.js';
import { checkCommitSize } from './commit-size.js';
import type { SpannerContext } from './context.js';
import { advanceMutation } from './cursor-rows.js';
import type { Mutation } from './protocol.js';
import type { ReadScope, ReadTime, Transaction } from './rpc.js';
import { explainRow } from './refused-row.js';
import { abortedOr } from './transaction-lost.js';
import { timestampOf } from './times.js';
import { viewMutation } from './view-mutations.js';
import { rowsBody, rowsInOrder } from './view-reads.js';

/**
 * One batch. `stream`: plain reads, one Commit; the first read is strong, and the others see what it saw, since only this batch's owner
 * writes the rows. Any replica can answer those without asking for the newest time, for which the emulator makes each strong read wait.
 * `shared`: the first read begins a read-write transaction, which the Commit ends; a transaction that Spanner gives up cannot go on,
 * so its errors are `BATCH_ABORTED`. Without reads both are one Commit.
 */
export class SpannerReadModelBatch implements ReadModelBatch {
  private transaction: Transaction | undefined;
  private readAt: ReadTime | undefined;
  private hasEnded = false;

  constructor(
    private readonly context: SpannerContext,
    private readonly options: OpenBatchOptions,
  ) {}

  async get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]> {
    const encoded = keys.map((row) => encodeKey(table, row));
    const call = this.begin('the read of the batch');
    if (encoded.length === 0) return [];
    const body = rowsBody(table, encoded);
    const rows = await this.run(
      { name: `the read of ${table.name}`, kind: 'read', attempt: () => this.context.rpc.readAll(body, call, this.scope()) },
      call,
    );
    return rowsInOrder(table, encoded, rows);
  }

  async commit(changes: readonly RowChange[], advance?: CursorAdvance): Promise<void> {
    const planned = changes.map(planChange);
    const advances = advance === undefined ? [] : [advance];
    checkAdvances(advances, this.context.settings.shards);
    // The cursor first: of two reasons to refuse the batch, a spent token is the one that matters.
    const mutations = [...advances.map(advanceMutation), ...planned.map(viewMutation)];
    checkCommitSize(mutations);
    const call = this.begin('the commit of the batch');
    this.hasEnded = true;
    if (mutations.length === 0 && this.transaction === undefined) return;
    await this.run(this.commitOperation(mutations, { planned, advance, call }), call);
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    const plan = planAppend(request, this.context.settings.shards);
    const call = this.begin('the append of the batch');
    this.hasEnded = true;
    return new SpannerAppend(this.context, plan, { call, transaction: this.transaction }).run();
  }

  async abandon(): Promise<void> {
    this.hasEnded = true;
    const { transaction } = this;
    this.transaction = undefined;
    if (transaction === undefined) return;
    const { calls, rpc, environment } = this.context;
    const call = calls.begin({ caller: this.options.caller ?? 'other' });
    // A transaction that cannot be rolled back is given up by Spanner after ten idle seconds.
    await rpc
      .rollback(transaction, call)
      .catch((error: unknown) => environment.logger.debug({ error }, 'A transaction was not rolled back.'));
  }

  private commitOperation(mutations: readonly Mutation[], batch: CommittedBatch): Operation<void> {
    return {
      name: 'the batch of a projector',
      kind: 'fencedWrite',
      attempt: async () => void (await this.context.rpc.commit(mutations, batch.call, this.transaction)),
      onRefused: async (refusal) => {
        throw await this.explain(refusal, batch);
      },
    };
  }

  /** A transaction is gone with its first failure: then the batch is run again as a whole, by its caller. */
  private run<T>(operation: Operation<T>, call: Call): Promise<T> {
    const attempt = async (): Promise<T> => {
      try {
        return await operation.attempt();
      } catch (error) {
        throw this.transaction === undefined ? error : abortedOr(error);
      }
    };
    return this.context.calls.run({ ...operation, attempt }, call);
  }

  private scope(): ReadScope {
    if (this.readAt !== undefined) return { transaction: this.readAt };
    if (this.options.rows === 'stream') {
      return { transaction: 'strong', onReadTime: (time) => (this.readAt = { readTimestamp: timestampOf(time) }) };
    }
    return { transaction: this.transaction ?? 'begin', onBegun: (transaction) => (this.transaction = transaction) };
  }

  private async explain(refusal: Refusal, { planned, advance, call }: CommittedBatch): Promise<EventspanError> {
    const table = refusal.table?.toLowerCase();
    if (table === 'cursors' && advance !== undefined) return new CursorLostError(advance.consumer, advance.shard, advance.token);
    return (await explainRow(this.context, refusal, { planned, call })) ?? storeFailed('the batch of a projector', refusal.error);
  }

  private begin(operation: string): Call {
    if (this.hasEnded) throw new EventspanError('STORE_FAILED', { operation, reason: 'the batch has ended' });
    return this.context.calls.begin(this.options);
  }
}

interface CommittedBatch {
  readonly planned: readonly PlannedChange[];
  readonly advance: CursorAdvance | undefined;
  readonly call: Call;
}
