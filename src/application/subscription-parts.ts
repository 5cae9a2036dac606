import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import type { ProcessParts } from './engine-parts.js';

/** What all subscriptions of a process have in common. */
export type CommonSubscriptionOptions = Pick<
  SubscriptionOptions,
  'store' | 'owner' | 'clock' | 'random' | 'logger' | 'telemetry' | 'suspects' | 'transport'
>;

export function commonSubscriptionOptions(parts: ProcessParts): CommonSubscriptionOptions {
  const { store, owner, environment, telemetry, suspects, transport } = parts;
  const { clock, random, logger } = environment;
  return { store, owner, clock, random, logger, telemetry, suspects, ...(transport && { transport }) };
}
