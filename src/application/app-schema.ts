import { describeAppSchema, type AppSchema } from '../messages/schema/app-schema.js';
import { topicConsumerOf } from '../inbox/topic-consumer-of.js';
import { createDomainModel } from '../model/domain-model.js';
import { consumerDefinitionOf } from '../consumers/consumer-definition-of.js';
import { processOf } from '../processes/process-of.js';
import { publicationDefinitionOf } from '../publications/publication-definition-of.js';
import { compositionOf, type EventspanOptions } from './options.js';
import { definitionOf } from './registry.js';

/**
 * What an application stores and can read, for `compareSchemas` and `formatSchemaLock`; nothing is opened. Whether its chains of upcasters are
 * complete is not checked. Throws what its aggregates, projectors, publications, consumers and process managers are checked for, `UPCASTER_INVALID`, `UPCASTER_DUPLICATE`, `SCHEMA_FAILED`.
 */
export function appSchemaOf(options: EventspanOptions): AppSchema {
  const {
    aggregates = [],
    projectors = [],
    publications = [],
    consumers = [],
    processManagers = [],
    events = [],
    upcasters = [],
  } = options;
  const takers = [
    ...projectors.map(definitionOf),
    ...publications.map(publicationDefinitionOf),
    ...consumers.map((each) => topicConsumerOf(each) ?? consumerDefinitionOf(each)),
    ...processManagers.map(processOf),
  ];
  const taken = takers.flatMap((each) => each.events);
  const domain = createDomainModel({ aggregates, events: [...taken, ...events] });
  return describeAppSchema(compositionOf({ ...options, roles: ['commands'] }).name, domain.events, upcasters);
}
