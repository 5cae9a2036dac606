import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { systemEnvironment } from './environment.js';
import { compositionOf, type EventspanOptions } from './options.js';
import { createRegistry } from './registry.js';
import { transportPlans } from './transport-plans.js';

/**
 * Makes everything exist that an application needs of its transports: the topic of its log and its named topics, with the subscriptions of all
 * its consumers and their dead letters; compares what is there, and changes what can be changed. Nothing is opened. For `eventspan ensure`, and
 * before the first start of applications that talk through `inProcess()` topics, so that nothing is published before its consumers are known.
 * Idempotent. Answers what it did, a line each. Throws `SUBSCRIPTION_DIFFERS`, `TOPIC_UNKNOWN`, `TRANSPORT_UNAVAILABLE`, and what `Eventspan.open`
 * checks.
 */
export async function ensureTransports(
  options: EventspanOptions,
  environment: AdapterEnvironment = systemEnvironment(),
): Promise<readonly string[]> {
  compositionOf({ ...options, roles: [] });
  const done: string[] = [];
  for (const { provider, consumers } of transportPlans(options, createRegistry(options)))
    done.push(...(await provider.ensure(environment, consumers)));
  return done;
}
