import type { EventRegistry } from '../messages/event-registry.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import type { CallOptions } from './call-options.js';
import type { EventStore, LoadedStream, ReadStreamOptions } from './event-store.js';
import { EventReader } from './event-reader.js';
import { SnapshotChoice } from './repository-snapshots.js';
import type { PassedOver } from './repository-warnings.js';
import type { StoredEvent } from './stored-event.js';

/** An aggregate as of some version of its stream. */
export interface AggregateAt<S> {
  readonly streamId: string;
  /** 0 when the stream has no events. */
  readonly version: number;
  readonly state: S;
}

/** An aggregate with the texts it was made from, which the domain never touches: they make it anew after a failed attempt. */
export interface LoadedAggregate<S> extends AggregateAt<S> {
  readonly source: LoadedStream;
}

/** Reads streams and folds them into aggregates. */
export class AggregateLoader {
  private readonly reader: EventReader;

  constructor(
    private readonly store: EventStore,
    events: EventRegistry,
    private readonly warnings: PassedOver,
  ) {
    this.reader = new EventReader(events, store);
  }

  /**
   * Newest snapshot and the events after it. 1 Read; 1 more, with a warning, when a snapshot looks right by its head and its state cannot
   * be read: the whole stream is folded instead.
   */
  async load<S>(model: AggregateModel<S>, streamId: string, options: CallOptions): Promise<LoadedAggregate<S>> {
    if (model.snapshots === undefined) return this.replay(model, streamId, options);
    const choice = new SnapshotChoice(model, streamId, this.warnings);
    const source = await this.store.load(streamId, { ...options, acceptSnapshot: choice.accept });
    const base = baseOf(model, { streamId, source, choice });
    return base === undefined ? this.replay(model, streamId, options) : this.fold(model, base, source);
  }

  /** From the first event on, without any snapshot. 1 Read. */
  async replay<S>(model: AggregateModel<S>, streamId: string, options: CallOptions): Promise<LoadedAggregate<S>> {
    return this.fold(model, emptyOf(model, streamId), await this.store.load(streamId, options));
  }

  /** The same aggregate made anew, with what has been appended since. 1 Read, of the tail alone. */
  async advance<S>(model: AggregateModel<S>, loaded: LoadedAggregate<S>, options: CallOptions): Promise<LoadedAggregate<S>> {
    const { streamId, version, source } = loaded;
    const tail = await this.store.load(streamId, { ...options, afterVersion: version });
    const events = [...source.events, ...tail.events];
    const choice = new SnapshotChoice(model, streamId, this.warnings);
    const base = baseOf(model, { streamId, source, choice });
    if (base === undefined) return this.load(model, streamId, options);
    return this.fold(model, base, { ...source, events, version: events.at(-1)?.version ?? version });
  }

  /** The aggregate as it once was; reads the stream from its beginning, in pages. */
  async loadAsOf<S>(model: AggregateModel<S>, streamId: string, options: ReadStreamOptions): Promise<AggregateAt<S>> {
    let at = emptyOf(model, streamId);
    for await (const event of this.store.readStream(streamId, options)) at = await this.evolve(model, at, event);
    return at;
  }

  private async fold<S>(model: AggregateModel<S>, base: AggregateAt<S>, source: LoadedStream): Promise<LoadedAggregate<S>> {
    let at = base;
    for (const event of source.events) {
      const next = this.evolve(model, at, event);
      at = next instanceof Promise ? await next : next;
    }
    return { ...at, source };
  }

  /** At once, but where an upcaster merges the event with its neighbours. */
  private evolve<S>(model: AggregateModel<S>, at: AggregateAt<S>, stored: StoredEvent): AggregateAt<S> | Promise<AggregateAt<S>> {
    const read = this.reader.read(stored);
    return read instanceof Promise
      ? read.then((events) => evolved(model, at, { stored, events }))
      : evolved(model, at, { stored, events: read });
  }
}

/** Where folding `source.events` begins; undefined when the snapshot cannot be used. */
function baseOf<S>(
  model: AggregateModel<S>,
  from: { readonly streamId: string; readonly source: LoadedStream; readonly choice: SnapshotChoice<S> },
): AggregateAt<S> | undefined {
  const { streamId, source, choice } = from;
  if (source.snapshot === undefined) return emptyOf(model, streamId);
  const restored = choice.restore(source);
  return restored && { streamId, version: source.snapshot.version, state: restored.state };
}

function evolved<S>(
  model: AggregateModel<S>,
  { streamId, state }: AggregateAt<S>,
  { stored, events }: { readonly stored: StoredEvent; readonly events: readonly object[] },
): AggregateAt<S> {
  const { version } = stored;
  let next = state;
  if (events.length === 0) model.passOver?.(state, version);
  for (const event of events) next = model.evolve(next, event, { streamId, version });
  return { streamId, version, state: next };
}

function emptyOf<S>(model: AggregateModel<S>, streamId: string): AggregateAt<S> {
  return { streamId, version: 0, state: model.initial(streamId) };
}
