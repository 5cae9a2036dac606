import { generationConsumer } from '../projections/generation.js';
import { relayVitals } from '../relay/relay-signals.js';
import type { Relay } from '../relay/relay.js';
import { DEFAULT_RELAY_TUNING } from '../relay/relay-options.js';
import { DEFAULT_SUBSCRIPTION_TUNING } from '../subscriptions/subscription-options.js';
import { subscriptionVitals } from '../subscriptions/subscription-signals.js';
import type { Vitals } from '../telemetry/vitals.js';
import type { AppEngine } from './app-engine.js';
import type { EventspanOptions } from './options.js';
import type { ProjectionParts } from './projection-parts.js';

/** Of everything that has a loop in this process. */
export function appVitals(parts: {
  readonly relay: Relay | undefined;
  readonly projections: ProjectionParts;
  readonly others: readonly AppEngine[];
  readonly options: EventspanOptions;
}): readonly Vitals[] {
  const { relay, projections, others, options } = parts;
  const relayLeaseMs = options.relay?.leaseMs ?? DEFAULT_RELAY_TUNING.leaseMs;
  const leaseMs = options.projections?.leaseMs ?? DEFAULT_SUBSCRIPTION_TUNING.leaseMs;
  return [
    ...(relay === undefined ? [] : [relayVitals(relay.status(), relayLeaseMs)]),
    ...(projections.set?.statuses() ?? []).map((status) => {
      const { name: projector, version, run } = status;
      return subscriptionVitals({ consumer: generationConsumer({ projector, version, run }), leaseMs }, status);
    }),
    ...others.flatMap((engine) => engine.vitals?.() ?? []),
  ];
}
