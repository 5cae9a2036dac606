import { observeCircuit } from '../consumers/circuit.js';
import { ConsumerHandler } from '../consumers/consumer-handler.js';
import { consumerCursors, type ConsumerDefinition } from '../consumers/consumer-definition.js';
import { startAtEnd } from '../consumers/start-at-end.js';
import { Subscription } from '../subscriptions/subscription.js';
import { SubscriptionEngine } from '../subscriptions/subscription-engine.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import { commonSubscriptionOptions } from './subscription-parts.js';

const CALLER = 'consumer';

/** The consumers of the log of a process with the role `consumers`. Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID`. */
export function createConsumers(parts: EngineParts): readonly AppEngine[] {
  if (!parts.composition.roles.has('consumers')) return [];
  return parts.registry.consumers.map((consumer) => engineOf(parts, consumer));
}

function engineOf(parts: EngineParts, definition: ConsumerDefinition): SubscriptionEngine {
  const { store, owner, environment, options, registry, outgoing, onAppended, telemetry } = parts;
  const { clock, logger } = environment;
  const settings = options.consuming ?? {};
  const { concurrency = settings.concurrency } = definition;
  const consumer = consumerCursors(definition);
  const common = { store, outgoing, onAppended, telemetry, clock, logger, caller: CALLER };
  const handler = new ConsumerHandler({ ...common, consumer: definition, events: registry.events, policy: settings });
  const own = { consumer, transportConsumer: consumer, caller: CALLER, handler, ...(concurrency !== undefined && { concurrency }) };
  return new SubscriptionEngine({
    name: consumer,
    consumer,
    create: () => new Subscription({ ...settings, ...own, ...commonSubscriptionOptions(parts) }),
    prepare: async () => {
      await handler.ensureTables();
      if (definition.startFrom === 'end') await startAtEnd({ store, consumer, owner, caller: CALLER });
    },
    facts: () => ({ circuit: handler.circuitStatus }),
    observe: (observe) => observeCircuit(consumer, handler.circuitStatus, observe),
    clock,
    leaseMs: settings.leaseMs,
  });
}
