import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { createEventRegistry } from '../messages/create-event-registry.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { UpcasterSource } from '../messages/upcasting/upcaster.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import { createDomainModel, type AggregateSource } from '../model/domain-model.js';

/** The code of today that recorded or stored streams are replayed through. */
export interface ReplayDomainOptions {
  /** Classes with `@Aggregate`, or what `defineAggregate` returned. */
  readonly aggregates: readonly AggregateSource[];
  /** Events that no aggregate applies and upcasters lead to. Default none. */
  readonly eventClasses?: readonly Constructor[];
  /** As the application lists them. Default none. */
  readonly upcasters?: readonly UpcasterSource[];
  /** A registry that is made already, in place of `eventClasses` and `upcasters`. */
  readonly registry?: EventRegistry;
  /**
   * By aggregate name: what of its state is compared, in place of what a snapshot would hold. For states that no snapshot can hold (Maps,
   * `#private` fields), or to leave out what does not count. It must be plain JSON.
   */
  readonly stateOf?: Readonly<Record<string, (state: never) => object>>;
}

/** Aggregates and events, checked against each other. */
export interface ReplayDomain {
  readonly registry: EventRegistry;
  /** Sorted by name. */
  readonly models: readonly AggregateModel[];
  readonly stateOf: ReadonlyMap<string, (state: never) => object>;
}

/** Throws what `Eventspan.open` throws of aggregates, events and upcasters, and `OPTION_INVALID` where `stateOf` names no aggregate. */
export function createReplayDomain(options: ReplayDomainOptions): ReplayDomain {
  const domain = createDomainModel({ aggregates: options.aggregates, events: options.eventClasses ?? [] });
  const registry = options.registry ?? createEventRegistry(domain.events, { upcasters: options.upcasters ?? [] });
  const models = [...domain.aggregates.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (models.length === 0) throw new EventspanError('OPTION_INVALID', { path: 'aggregates', value: '[]', bound: 'at least one aggregate' });
  const stateOf = new Map(Object.entries(options.stateOf ?? {}));
  for (const name of stateOf.keys()) {
    const bound = `by names of aggregates (${namesOf(models)})`;
    if (!domain.aggregates.has(name)) throw new EventspanError('OPTION_INVALID', { path: 'stateOf', value: name, bound });
  }
  return { registry, models, stateOf };
}

/** The model of the aggregate that the stream belongs to; names never begin with each other, so it is one at most. */
export function findModel(domain: ReplayDomain, streamId: string): AggregateModel | undefined {
  return domain.models.find(({ name }) => streamId.startsWith(`${name}-`));
}

/** Throws `HISTORY_AGGREGATE_UNKNOWN`. */
export function modelOfStream(domain: ReplayDomain, streamId: string): AggregateModel {
  const model = findModel(domain, streamId);
  if (model !== undefined) return model;
  throw new EventspanError('HISTORY_AGGREGATE_UNKNOWN', { streamId, aggregates: namesOf(domain.models) });
}

function namesOf(models: readonly AggregateModel[]): string {
  return models.map(({ name }) => name).join(', ');
}
