import { EventspanError } from '../errors/eventspan-error.js';
import { createEventRegistry } from '../messages/create-event-registry.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { createDomainModel, type DomainModel } from '../model/domain-model.js';
import type { ProjectorDefinition } from '../projections/projector-definition.js';
import { projectorDefinitionOf } from '../projections/projector-definition-of.js';
import type { EventspanOptions } from './options.js';

/** Everything an application consists of, checked before anything runs. */
export interface Registry {
  readonly domain: DomainModel;
  readonly events: EventRegistry;
  /** By name. */
  readonly projectors: ReadonlyMap<string, ProjectorDefinition>;
}

/** Throws what the parts throw, and `PROJECTOR_NAME_TAKEN`. */
export function createRegistry(options: EventspanOptions): Registry {
  const definitions = (options.projectors ?? []).map(definitionOf);
  const projectors = new Map<string, ProjectorDefinition>();
  for (const definition of definitions) {
    if (projectors.has(definition.name)) throw new EventspanError('PROJECTOR_NAME_TAKEN', { projector: definition.name });
    projectors.set(definition.name, definition);
  }
  const taken = definitions.flatMap(({ events }) => events);
  const domain = createDomainModel({ aggregates: options.aggregates ?? [], events: [...taken, ...(options.events ?? [])] });
  return { domain, events: createEventRegistry(domain.events, { upcasters: options.upcasters ?? [] }), projectors };
}

function definitionOf(source: object): ProjectorDefinition {
  return isDefinition(source) ? source : projectorDefinitionOf(source);
}

function isDefinition(source: object): source is ProjectorDefinition {
  return typeof source === 'object' && Object.getPrototypeOf(source) === Object.prototype && 'handle' in source;
}
