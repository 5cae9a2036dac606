import { checkAppendKey } from '../event-store/append-checks.js';
import { planAppend } from '../event-store/append-plan.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
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
import { planList } from '../event-store/list-plan.js';
import { checkLoad, planShardRead, planStreamRead } from '../event-store/read-plan.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { findResult } from './append-keys.js';
import { SpannerAppend } from './append.js';
import type { SpannerContext } from './context.js';
import { deleteFromLog } from './delete-events.js';
import { EVENT_COLUMNS, eventOfRow, isGuard } from './event-rows.js';
import { readStreamPages } from './read-stream.js';
import { SpannerReadModels } from './read-models.js';
import { describeShards, listStreams } from './history.js';
import { importIntoLog } from './import-events.js';
import { readTime } from './read-time.js';
import { shardRanges } from './shard-ranges.js';
import { SpannerShardCursors } from './shard-cursors.js';
import { key, optionalText } from './values.js';

/** An {@link EventStore} on Spanner. */
export class SpannerEventStore implements EventStore {
  readonly name = 'spanner';
  readonly shardCount: number;
  readonly cursors: SpannerShardCursors;
  readonly readModels: SpannerReadModels;

  constructor(private readonly context: SpannerContext) {
    this.shardCount = context.settings.shards;
    this.cursors = new SpannerShardCursors(context);
    this.readModels = new SpannerReadModels(context);
  }

  async append(request: AppendRequest, options?: CallOptions): Promise<AppendResult> {
    const plan = planAppend(request, this.shardCount);
    return new SpannerAppend(this.context, plan, { call: this.context.calls.begin(options) }).run();
  }

  async findAppend(appendKey: string, options?: CallOptions): Promise<AppendResult | undefined> {
    checkAppendKey(appendKey);
    return findResult(this.context, appendKey, this.context.calls.begin(options));
  }

  async load(streamId: string, options: LoadOptions = {}): Promise<LoadedStream> {
    const after = checkLoad(streamId, options.afterVersion);
    const accept = options.afterVersion === undefined ? options.acceptSnapshot : undefined;
    const call = this.context.calls.begin(options);
    const columns = accept === undefined ? EVENT_COLUMNS : [...EVENT_COLUMNS, 'snapshot'];
    // Versions descend in the key: the newest row comes first, and the range ends before `after`.
    const range = { startClosed: key(streamId), ...(after > 0 ? { endOpen: key(streamId, after) } : { endClosed: key(streamId) }) };
    const attempt = async (): Promise<LoadedStream> => {
      const events: StoredEvent[] = [];
      for await (const row of this.context.rpc.read({ table: 'events', columns, keySet: { ranges: [range] } }, call)) {
        const event = eventOfRow(row);
        if (isGuard(event)) continue;
        const state = optionalText(row[EVENT_COLUMNS.length]);
        if (state !== undefined && accept?.(state) === true) return loaded(events, event.version, state);
        events.push(event);
      }
      // Where the oldest are missing the stream is being deleted, and its last event is all that counts.
      return loaded((events.at(-1)?.version ?? after + 1) === after + 1 ? events : events.slice(0, 1), after);
    };
    return this.context.calls.run({ name: `the load of ${streamId}`, kind: 'read', attempt }, call);
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const plan = planStreamRead(streamId, options);
    yield* readStreamPages(this.context, { streamId, plan, options });
  }

  async readShards(ranges: readonly ShardRange[], options: ReadShardsOptions): Promise<readonly StoredEvent[]> {
    const keyRanges = shardRanges(planShardRead(ranges, options, this.shardCount));
    const call = this.context.calls.begin(options);
    if (keyRanges.length === 0) return [];
    const { limit } = options;
    const body = { table: 'events', index: 'events_log', columns: EVENT_COLUMNS, keySet: { ranges: keyRanges }, limit };
    const attempt = async (): Promise<StoredEvent[]> => (await this.context.rpc.readAll(body, call)).map(eventOfRow);
    return this.context.calls.run({ name: 'the read of the log', kind: 'read', attempt }, call);
  }

  async listStreams(options: ListStreamsOptions): Promise<readonly StreamSummary[]> {
    const plan = planList(options);
    return listStreams(this.context, plan, this.context.calls.begin(options));
  }

  async describeShards(options?: CallOptions): Promise<readonly ShardExtent[]> {
    return describeShards(this.context, this.context.calls.begin(options));
  }

  async importEvents(events: readonly StoredEvent[], options?: CallOptions): Promise<number> {
    return importIntoLog(this.context, events, this.context.calls.begin(options));
  }

  async deleteEvents(streamId: string, options?: CallOptions): Promise<number> {
    checkLoad(streamId);
    return deleteFromLog(this.context, streamId, this.context.calls.begin(options));
  }

  async currentTime(options?: CallOptions): Promise<string> {
    return readTime(this.context, this.context.calls.begin(options));
  }

  /** Gives the session back and closes the connections; calls in flight fail. */
  async close(): Promise<void> {
    await this.context.close();
  }
}

/** `newestFirst` are the events above `base`, where the snapshot is, if there is one. */
function loaded(newestFirst: StoredEvent[], base: number, state?: string): LoadedStream {
  const version = newestFirst[0]?.version ?? base;
  const events = newestFirst.toReversed();
  return state === undefined ? { version, events } : { version, snapshot: { version: base, state }, events };
}
