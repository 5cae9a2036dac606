import type { AppendRequest, AppendResult } from '../event-store/append.js';
import { checkAppendKey } from '../event-store/append-checks.js';
import { planAppend } from '../event-store/append-plan.js';
import { CallGate } from '../event-store/call-gate.js';
import type { CallOptions } from '../event-store/call-options.js';
import { formatMicros } from '../event-store/commit-time.js';
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
import { comparePositions, type Position } from '../event-store/position.js';
import { checkLoad, planShardRead, planStreamRead, type StreamReadPlan } from '../event-store/read-plan.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { throwIfAborted } from '../support/abort.js';
import { appendToLog } from './append.js';
import { copyResult } from './copy-result.js';
import { deleteFromLog, importIntoLog, listStreams } from './history.js';
import type { MemoryLog, MemoryStream } from './log.js';
import { MemoryReadModels } from './read-models.js';
import { MemoryShardCursors } from './shard-cursors.js';

/** An {@link EventStore} in the process's memory. Every call is done before its promise is returned, so calls never interleave. */
export class MemoryEventStore implements EventStore {
  readonly name = 'memory';
  readonly shardCount: number;
  readonly cursors: MemoryShardCursors;
  readonly readModels: MemoryReadModels;
  private readonly gate: CallGate;

  constructor(
    private readonly log: MemoryLog,
    private readonly environment: AdapterEnvironment,
  ) {
    this.shardCount = log.shardCount;
    this.gate = new CallGate(this.name, environment.rpcs);
    const context = { log, gate: this.gate, clock: environment.clock };
    this.cursors = new MemoryShardCursors(context);
    this.readModels = new MemoryReadModels(context);
  }

  async append(request: AppendRequest, options?: CallOptions): Promise<AppendResult> {
    const plan = planAppend(request, this.shardCount);
    this.gate.enter('Commit', options);
    return copyResult(appendToLog(this.log, plan, this.environment.clock.now()));
  }

  async findAppend(key: string, options?: CallOptions): Promise<AppendResult | undefined> {
    checkAppendKey(key);
    this.gate.enter('Read', options);
    const result = this.log.appends.get(key);
    return result === undefined ? undefined : { ...copyResult(result), repeated: true };
  }

  async load(streamId: string, options: LoadOptions = {}): Promise<LoadedStream> {
    const { afterVersion, acceptSnapshot } = options;
    const after = checkLoad(streamId, afterVersion);
    this.gate.enter('Read', options);
    const { removed, events, snapshots } = this.log.streams.get(streamId) ?? { removed: 0, events: [], snapshots: [] };
    const version = Math.max(removed + events.length, after);
    const snapshot =
      afterVersion === undefined && acceptSnapshot !== undefined ? snapshots.findLast(({ state }) => acceptSnapshot(state)) : undefined;
    const tail = events.slice(Math.max(0, (snapshot?.version ?? after) - removed)).map((event) => ({ ...event }));
    return snapshot === undefined ? { version, events: tail } : { version, snapshot: { ...snapshot }, events: tail };
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const plan = planStreamRead(streamId, options);
    this.gate.enter('Read', options);
    for (const event of spanOf(this.log.streams.get(streamId), plan)) {
      throwIfAborted(options.signal);
      yield { ...event };
    }
  }

  async readShards(ranges: readonly ShardRange[], options: ReadShardsOptions): Promise<readonly StoredEvent[]> {
    const planned = planShardRead(ranges, options, this.shardCount);
    this.gate.enter('Read', options);
    const found: StoredEvent[] = [];
    for (const range of planned) {
      const events = this.log.shards[range.shard] ?? [];
      const end = Math.min(endOf(events, range), firstAfter(events, range.after) + options.limit - found.length);
      for (let at = firstAfter(events, range.after); at < end; at++) found.push({ ...(events[at] as StoredEvent) });
    }
    return found;
  }

  async listStreams(options: ListStreamsOptions): Promise<readonly StreamSummary[]> {
    const plan = planList(options);
    this.gate.enter('Read', options);
    return listStreams(this.log, plan);
  }

  async describeShards(options?: CallOptions): Promise<readonly ShardExtent[]> {
    this.gate.enter('Read', options);
    return this.log.shards.map((events, shard) => {
      const last = events.at(-1)?.position;
      return { shard, events: events.length, ...(last !== undefined && { last }) };
    });
  }

  async importEvents(events: readonly StoredEvent[], options?: CallOptions): Promise<number> {
    this.gate.enter('Commit', options);
    return importIntoLog(this.log, events, this.environment.clock.now());
  }

  async deleteEvents(streamId: string, options?: CallOptions): Promise<number> {
    checkLoad(streamId);
    this.gate.enter('Commit', options);
    return deleteFromLog(this.log, streamId);
  }

  async currentTime(options?: CallOptions): Promise<string> {
    this.gate.enter('Read', options);
    return formatMicros(this.log.currentTime(this.environment.clock.now()));
  }

  async close(): Promise<void> {
    this.gate.close();
  }
}

function spanOf(stream: MemoryStream | undefined, plan: StreamReadPlan): readonly StoredEvent[] {
  const { removed, events } = stream ?? { removed: 0, events: [] };
  const { asOf, limit } = plan;
  const last = asOf === undefined ? events.length : firstIndex(events, (event) => commitTimeOf(event) > asOf);
  const span = events.slice(Math.max(0, plan.from - 1 - removed), Math.max(0, Math.min(plan.to - removed, last)));
  return plan.backwards ? span.toReversed().slice(0, limit) : span.slice(0, limit);
}

function firstAfter(events: readonly StoredEvent[], after: Position | undefined): number {
  return after === undefined ? 0 : firstIndex(events, (event) => comparePositions(event.position, after) > 0);
}

function endOf(events: readonly StoredEvent[], { upTo, asOf }: ShardRange): number {
  const end = upTo === undefined ? events.length : firstAfter(events, upTo);
  return asOf === undefined
    ? end
    : Math.min(
        end,
        firstIndex(events, (event) => commitTimeOf(event) > asOf),
      );
}

/** Index of the first event for which `isBeyond`, which is false up to some place and true from there; by bisection. */
function firstIndex(events: readonly StoredEvent[], isBeyond: (event: StoredEvent) => boolean): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBeyond(events[middle] as StoredEvent)) high = middle;
    else low = middle + 1;
  }
  return low;
}
