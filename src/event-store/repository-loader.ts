import type { EventRegistry } from '../messages/event-registry.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import type { Logger } from '../telemetry/logger.js';
import type { CallOptions } from './call-options.js';
import type { EventStore, LoadOptions, LoadedStream, ReadStreamOptions } from './event-store.js';
import { EventReader } from './event-reader.js';
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
    private readonly logger: Logger,
  ) {
    this.reader = new EventReader(events, store);
  }

  /**
   * Newest snapshot and the events after it. 1 Read; 1 more, with one warning, when the model accepts a snapshot and then
   * fails to read it: the whole stream is folded instead.
   */
  async load<S>(model: AggregateModel<S>, streamId: string, options: CallOptions): Promise<LoadedAggregate<S>> {
    const source = await this.store.load(streamId, withSnapshots(model, options));
    const base = this.base(model, streamId, source);
    if (base !== undefined) return this.fold(model, base, source);
    const whole = await this.store.load(streamId, options);
    return this.fold(model, emptyOf(model, streamId), whole);
  }

  /** The same aggregate made anew, with what has been appended since. 1 Read, of the tail alone. */
  async advance<S>(model: AggregateModel<S>, loaded: LoadedAggregate<S>, options: CallOptions): Promise<LoadedAggregate<S>> {
    const { streamId, version, source } = loaded;
    const tail = await this.store.load(streamId, { ...options, afterVersion: version });
    const events = [...source.events, ...tail.events];
    const base = this.base(model, streamId, source);
    if (base === undefined) return this.load(model, streamId, options);
    return this.fold(model, base, { ...source, events, version: events.at(-1)?.version ?? version });
  }

  /** The aggregate as it once was; reads the stream from its beginning, in pages. */
  async loadAsOf<S>(model: AggregateModel<S>, streamId: string, options: ReadStreamOptions): Promise<AggregateAt<S>> {
    let at = emptyOf(model, streamId);
    for await (const event of this.store.readStream(streamId, options)) at = await this.evolve(model, at, event);
    return at;
  }

  /** Where folding `source.events` begins; undefined, with a warning, when the snapshot cannot be read. */
  private base<S>(model: AggregateModel<S>, streamId: string, { snapshot }: LoadedStream): AggregateAt<S> | undefined {
    if (snapshot === undefined) return emptyOf(model, streamId);
    try {
      return { streamId, version: snapshot.version, state: model.fromSnapshot(streamId, snapshot.state) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ streamId, version: snapshot.version, reason }, 'a snapshot cannot be read; the whole stream is replayed');
      return undefined;
    }
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

function withSnapshots<S>(model: AggregateModel<S>, options: CallOptions): LoadOptions {
  if (model.snapshotEvery === undefined) return options;
  return { ...options, acceptSnapshot: (text: string) => model.acceptsSnapshot(text) };
}

function evolved<S>(
  model: AggregateModel<S>,
  { streamId, state }: AggregateAt<S>,
  { stored, events }: { readonly stored: StoredEvent; readonly events: readonly object[] },
): AggregateAt<S> {
  const { version } = stored;
  let next = state;
  for (const event of events) next = model.evolve(next, event, { streamId, version });
  return { streamId, version, state: next };
}

function emptyOf<S>(model: AggregateModel<S>, streamId: string): AggregateAt<S> {
  return { streamId, version: 0, state: model.initial(streamId) };
}
