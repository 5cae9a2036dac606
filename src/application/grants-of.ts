import type { Grant } from '../support/grant.js';
import type { EventspanOptions } from './options.js';
import { createRegistry } from './registry.js';
import { transportPlans } from './transport-plans.js';

/**
 * The roles that an application needs on Google Cloud, each once. Nothing is asked of the services. Throws as the opening of the application does
 * for what is listed.
 */
export function grantsOf(options: EventspanOptions): readonly Grant[] {
  const plans = transportPlans(options, createRegistry(options));
  const all = [...(options.store.grants?.() ?? []), ...plans.flatMap(({ provider, consumers }) => provider.grants?.(consumers) ?? [])];
  return [...new Map(all.map((grant) => [`${grant.member} ${grant.role} ${grant.resource}`, grant])).values()];
}
