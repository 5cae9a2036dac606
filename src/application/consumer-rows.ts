import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { readDeclaredTables, type ReadModel } from '../projections/read-model.js';
import type { Registry } from './registry.js';

/** The tables of a consumer, of the log or of a topic. Throws `CONSUMER_UNKNOWN`. */
export function consumerRowsOf(
  { registry, store }: { readonly registry: Registry; readonly store: EventStore },
  consumer: string,
): ReadModel {
  const consumers = [...registry.consumers, ...registry.topicConsumers];
  const definition = consumers.find(({ name }) => name === consumer);
  if (definition !== undefined) return readDeclaredTables(store.readModels, definition);
  throw new EventspanError('CONSUMER_UNKNOWN', { consumer, known: consumers.map(({ name }) => name) });
}
