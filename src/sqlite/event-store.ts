import { OutcomeUnknownError } from '../errors/store-errors.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import { checkAppendKey } from '../event-store/append-checks.js';
import { eventIdsOf, planAppend } from '../event-store/append-plan.js';
import type { CallOptions } from '../event-store/call-options.js';
import type {
  EventStore,
  ListStreamsOptions,
  LoadedStream,
  LoadOptions,
  ReadShardsOptions,
  ReadStreamOptions,
  ShardExtent,
  ShardRange,
  StreamSummary,
} from '../event-store/event-store.js';
import { checkLoad, planShardRead, planStreamRead, type StreamReadPlan } from '../event-store/read-plan.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { appendToLog, findByKey } from './append.js';
import { planList } from '../event-store/list-plan.js';
import type { SqliteContext } from './context.js';
import { loadFromSnapshot, loadTail, readRange, readSpan } from './event-reads.js';
import { deleteFromLog, describeShards, importIntoLog, listStreams } from './history.js';
import { SqliteReadModels } from './read-models.js';
import { SqliteShardCursors } from './shard-cursors.js';

/** Events of one page of a stream read; it bounds the memory. */
const PAGE = 256;

/** An {@link EventStore} in an SQLite file. Reads and transactions are synchronous underneath; none is open across an await. */
export class SqliteEventStore implements EventStore {
  readonly name = 'sqlite';
  readonly shardCount: number;
  readonly cursors: SqliteShardCursors;
  readonly readModels: SqliteReadModels;

  constructor(private readonly context: SqliteContext) {
    this.shardCount = context.shardCount;
    this.cursors = new SqliteShardCursors(context);
    this.readModels = new SqliteReadModels(context);
  }

  async append(request: AppendRequest, options?: CallOptions): Promise<AppendResult> {
    const plan = planAppend(request, this.shardCount);
    const { database, gate, queue } = this.context;
    gate.enter('Commit', options);
    const unknown = (cause: unknown): Error => new OutcomeUnknownError('the append', eventIdsOf(plan), cause);
    return queue.write({ operation: 'the append', unknown }, () => appendToLog(database, plan));
  }

  async findAppend(key: string, options?: CallOptions): Promise<AppendResult | undefined> {
    checkAppendKey(key);
    return this.read(options, (database) => findByKey(database, key));
  }

  async load(streamId: string, options: LoadOptions = {}): Promise<LoadedStream> {
    const { afterVersion, acceptSnapshot } = options;
    const after = checkLoad(streamId, afterVersion);
    return this.read(options, (database) => {
      if (afterVersion === undefined && acceptSnapshot !== undefined) return loadFromSnapshot(database, streamId, acceptSnapshot);
      return loadTail(database, streamId, after);
    });
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    let plan = planStreamRead(streamId, options);
    while (plan.limit > 0) {
      const limit = Math.min(plan.limit, PAGE);
      const page = this.read(options, (database) => readSpan(database, streamId, { ...plan, limit }));
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return;
      plan = planAfter(plan, last, page.length);
    }
  }

  async readShards(ranges: readonly ShardRange[], options: ReadShardsOptions): Promise<readonly StoredEvent[]> {
    const planned = planShardRead(ranges, options, this.shardCount);
    return this.read(options, (database) => {
      const found: StoredEvent[] = [];
      for (const range of planned) {
        if (found.length < options.limit) found.push(...readRange(database, range, options.limit - found.length));
      }
      return found;
    });
  }

  async listStreams(options: ListStreamsOptions): Promise<readonly StreamSummary[]> {
    const plan = planList(options);
    return this.read(options, (database) => listStreams(database, plan));
  }

  async describeShards(options?: CallOptions): Promise<readonly ShardExtent[]> {
    return this.read(options, (database) => describeShards(database, this.shardCount));
  }

  async importEvents(events: readonly StoredEvent[], options?: CallOptions): Promise<number> {
    return this.write('the import', options, (database) => importIntoLog(database, events, this.shardCount));
  }

  async deleteEvents(streamId: string, options?: CallOptions): Promise<number> {
    checkLoad(streamId);
    return this.write('the removal of events', options, (database) => deleteFromLog(database, streamId));
  }

  async currentTime(options?: CallOptions): Promise<string> {
    const { database, gate, queue } = this.context;
    gate.enter('Read', options);
    const unknown = (cause: unknown): Error => new OutcomeUnknownError('the reading of the time', [], cause);
    return queue.write({ operation: 'the reading of the time', unknown }, () => database.lastingNow());
  }

  /** Carries out what was asked for before, then closes the file. Calls afterwards throw `STORE_FAILED`. */
  async close(): Promise<void> {
    const { database, gate, queue } = this.context;
    if (!gate.close()) return;
    queue.drain();
    database.close();
  }

  private write<T>(operation: string, options: CallOptions | undefined, work: (database: SqliteContext['database']) => T): Promise<T> {
    const { database, gate, queue } = this.context;
    gate.enter('Commit', options);
    const unknown = (cause: unknown): Error => new OutcomeUnknownError(operation, [], cause);
    return queue.write({ operation, unknown }, () => work(database));
  }

  private read<T>(options: CallOptions | undefined, work: (database: SqliteContext['database']) => T): T {
    const { database, gate } = this.context;
    gate.enter('Read', options);
    return database.read('a read', () => work(database));
  }
}

function planAfter(plan: StreamReadPlan, last: StoredEvent, count: number): StreamReadPlan {
  const bounds = plan.backwards ? { to: last.version - 1 } : { from: last.version + 1 };
  return { ...plan, ...bounds, limit: plan.limit - count };
}
