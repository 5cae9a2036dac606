import type { Constructor } from '../messages/constructor.js';
import { streamIdOf, type AggregateModel } from '../model/aggregate-model.js';
import type { AggregateRoot } from '../model/aggregate-root.js';
import { aggregateModelOf } from '../model/class-aggregate.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { systemClock, type Clock } from '../support/clock.js';
import { silentLogger, type Logger } from '../telemetry/logger.js';
import type { CallOptions } from './call-options.js';
import type { EventStore } from './event-store.js';
import { AggregateLoader } from './repository-loader.js';
import { SnapshotWarnings } from './repository-warnings.js';

/** What a repository loads: a class with `@Aggregate`, or what `defineAggregate` returned. */
export type LoadableAggregate<S> = Constructor<S & AggregateRoot> | AggregateModel<S>;

/** An aggregate that has been read. */
export interface AggregateHandle<S> {
  readonly streamId: string;
  readonly aggregateId: string;
  /** Of the last event in `aggregate`; 0 when there is none. */
  readonly version: number;
  /** The instance of a class; the state of a `defineAggregate`. */
  readonly aggregate: S;
}

export interface LoadAggregateOptions extends CallOptions {
  /** As it was after this event of its stream. Default: the last. */
  readonly asOfVersion?: number;
  /** As it was at this time (RFC 3339, UTC), by the store's commit times. Default: now. */
  readonly asOfTime?: string;
}

export interface RepositoryOptions {
  readonly store: EventStore;
  readonly events: EventRegistry;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Reads aggregates; command handlers write through the repository of their context. Safe to use concurrently. */
export interface Repository {
  /**
   * The aggregate now: 1 Read (newest usable snapshot and the events after it). As of a version or a time: the stream is read
   * from its beginning. A stream without events gives the initial state at version 0.
   *
   * Throws `EVENT_TYPE_UNKNOWN`, `PAYLOAD_UNREADABLE`, `STORE_UNAVAILABLE`; for a class, what `@Aggregate` classes are checked for.
   *
   * ```ts
   * const { aggregate, version } = await repository.load(Loan, '173688', { asOfVersion: 3 });
   * ```
   */
  load<S>(source: LoadableAggregate<S>, aggregateId: string, options?: LoadAggregateOptions): Promise<AggregateHandle<S>>;
}

export function createRepository({ store, events, logger = silentLogger, clock = systemClock }: RepositoryOptions): Repository {
  const loader = new AggregateLoader(store, events, new SnapshotWarnings(logger, clock));
  const models = new AggregateModels();
  return {
    load: async (source, aggregateId, options = {}) => {
      const model = models.of(source);
      const streamId = streamIdOf(model.name, aggregateId);
      const { state, version } = await loadWith(loader, { model, streamId, options });
      return { streamId, aggregateId, version, aggregate: state };
    },
  };
}

/** The models of aggregate classes, each made once. */
export class AggregateModels {
  private readonly models = new Map<Constructor, AggregateModel>();

  /** Throws what `@Aggregate` classes are checked for. */
  of<S>(aggregate: LoadableAggregate<S>): AggregateModel<S> {
    if (typeof aggregate !== 'function') return aggregate;
    const model = this.models.get(aggregate) ?? (aggregateModelOf(aggregate) as AggregateModel);
    this.models.set(aggregate, model);
    return model as AggregateModel<S>;
  }
}

function loadWith<S>(
  loader: AggregateLoader,
  what: { readonly model: AggregateModel<S>; readonly streamId: string; readonly options: LoadAggregateOptions },
): Promise<{ readonly version: number; readonly state: S }> {
  const { model, streamId } = what;
  const { asOfVersion, asOfTime, ...call } = what.options;
  if (asOfVersion === undefined && asOfTime === undefined) return loader.load(model, streamId, call);
  return loader.loadAsOf(model, streamId, {
    ...call,
    ...(asOfVersion !== undefined && { toVersion: asOfVersion }),
    ...(asOfTime !== undefined && { asOf: asOfTime }),
  });
}
