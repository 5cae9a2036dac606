import type { Constructor } from '../messages/constructor.js';
import { contractsOf, type Contracts } from '../messages/contracts/contracts.js';
import { compositionOf, type EventspanOptions } from './options.js';
import { createRegistry } from './registry.js';

/** The classes of integration events that an application's publications emit, each once, in the order of the publications; see `emits`. */
export function publishedEventsOf(options: EventspanOptions): readonly Constructor[] {
  return [...new Set(createRegistry(options).publications.flatMap(({ emits = [] }) => emits))];
}

/**
 * The contracts of an application: what its publications emit, under its name. A publication that does not list its classes (`emits`) has none.
 * Throws as the opening of the application does for what is listed, and as `contractsOf`.
 */
export function appContractsOf(options: EventspanOptions): Contracts {
  const { name } = compositionOf({ ...options, roles: [] });
  return contractsOf(publishedEventsOf(options), { service: name });
}
