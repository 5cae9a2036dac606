import { isEventspanError } from '../errors/eventspan-error.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { outcomeAttributes, timed, type Ending } from '../telemetry/timed.js';
import type { AppendRequest, AppendResult } from './append.js';
import type { CallOptions } from './call-options.js';
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
} from './event-store.js';
import type { StoredEvent } from './stored-event.js';

/** The store with its appends measured and traced; as it is where telemetry is silent. */
export function observeStore(store: EventStore, telemetry: Telemetry): EventStore {
  const { tracing, metrics } = telemetry;
  return tracing.isOn || metrics.isOn ? new ObservedEventStore(store, telemetry) : store;
}

/** Everything but `append` goes to the store that it stands for. */
class ObservedEventStore implements EventStore {
  readonly name: string;
  readonly shardCount: number;
  readonly cursors: EventStore['cursors'];
  readonly readModels: EventStore['readModels'];

  constructor(
    private readonly store: EventStore,
    private readonly telemetry: Telemetry,
  ) {
    this.name = store.name;
    this.shardCount = store.shardCount;
    this.cursors = store.cursors;
    this.readModels = store.readModels;
  }

  append(request: AppendRequest, options?: CallOptions): Promise<AppendResult> {
    const { tracing, metrics } = this.telemetry;
    const { writes } = request;
    const [first] = writes;
    const attributes = {
      'eventspan.streams': writes.length,
      'eventspan.events': writes.reduce((sum, { events }) => sum + events.length, 0),
      ...(first !== undefined && writes.length === 1 && { 'eventspan.stream.id': first.streamId }),
    };
    return tracing.appending(attributes, (span) =>
      timed(
        () => this.store.append(request, options),
        (seconds, ending) => {
          const outcome = outcomeAttributes(outcomeOf(ending), ending.error);
          span.set(outcome);
          metrics.record('eventspan.append.seconds', seconds, outcome);
        },
      ),
    );
  }

  findAppend(key: string, options?: CallOptions): Promise<AppendResult | undefined> {
    return this.store.findAppend(key, options);
  }

  load(streamId: string, options?: LoadOptions): Promise<LoadedStream> {
    return this.store.load(streamId, options);
  }

  readStream(streamId: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent> {
    return this.store.readStream(streamId, options);
  }

  listStreams(options: ListStreamsOptions): Promise<readonly StreamSummary[]> {
    return this.store.listStreams(options);
  }

  describeShards(options?: CallOptions): Promise<readonly ShardExtent[]> {
    return this.store.describeShards(options);
  }

  importEvents(events: readonly StoredEvent[], options?: CallOptions): Promise<number> {
    return this.store.importEvents(events, options);
  }

  deleteEvents(streamId: string, options?: CallOptions): Promise<number> {
    return this.store.deleteEvents(streamId, options);
  }

  readShards(ranges: readonly ShardRange[], options: ReadShardsOptions): Promise<readonly StoredEvent[]> {
    return this.store.readShards(ranges, options);
  }

  currentTime(options?: CallOptions): Promise<string> {
    return this.store.currentTime(options);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

function outcomeOf({ result, error }: Ending<AppendResult>): string {
  if (result !== undefined) return result.repeated ? 'repeated' : 'appended';
  if (isEventspanError(error, 'VERSION_CONFLICT')) return 'conflict';
  return isEventspanError(error, 'OUTCOME_UNKNOWN') ? 'unknown' : 'failed';
}
