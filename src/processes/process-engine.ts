import { EventspanError } from '../errors/eventspan-error.js';
import { startAtEnd } from '../consumers/start-at-end.js';
import { Subscription } from '../subscriptions/subscription.js';
import { SubscriptionEngine } from '../subscriptions/subscription-engine.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { ProcessHandler, type ProcessHandlerOptions } from './process-handler.js';
import { processConsumer } from './process-stream.js';

const CALLER = 'process';

/** What runs a process manager. Tuning and defaults: see `SubscriptionTuning` and `HandlerPolicy`. */
export type ProcessEngineOptions = Omit<SubscriptionOptions, 'consumer' | 'transportConsumer' | 'caller' | 'handler' | 'order'> &
  Omit<ProcessHandlerOptions, 'caller' | 'policy' | 'telemetry'>;

/**
 * Runs a process manager, together with the engines of other services. Each message has its effect once, whatever the transport does and
 * whenever a service dies: state, commands, timers, compensations and the cursor are one commit.
 *
 * Messages of one stream come in their order; those of several streams in any. Each is decided on with the state that all before it have left.
 * One that cannot be handled parks its stream for this process manager, as with projections; the process is named in the reason, and goes on
 * with messages of other streams. Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID`.
 */
export function createProcessEngine(options: ProcessEngineOptions): SubscriptionEngine {
  const { definition, events, store, outgoing, source, onAppended, clock } = options;
  const known = new Set<unknown>(events.events.map(({ type }) => type));
  const unknown = definition.events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
  const { telemetry } = options;
  const handler = new ProcessHandler({
    definition,
    events,
    store,
    outgoing,
    source,
    clock,
    caller: CALLER,
    policy: options,
    ...(onAppended && { onAppended }),
    ...(telemetry && { telemetry }),
  });
  const consumer = processConsumer(definition.name);
  return new SubscriptionEngine({
    name: consumer,
    consumer,
    clock,
    leaseMs: options.leaseMs,
    prepare: async () => {
      if (definition.startFrom === 'end') await startAtEnd({ store, consumer, owner: options.owner, caller: CALLER });
    },
    create: () => new Subscription({ ...options, consumer, transportConsumer: consumer, caller: CALLER, handler, order: 'shard' }),
  });
}
