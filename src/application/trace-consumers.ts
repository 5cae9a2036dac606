import type { TraceConsumer } from '../history/trace/trace-deliveries.js';
import { firstGenerationOf, generationConsumer, projectionTransportConsumer } from '../projections/generation.js';
import type { EventspanOptions } from './options.js';
import { createRegistry, type Registry } from './registry.js';
import { transportNeedsOf } from './transport-needs.js';

/**
 * The consumers of the log that an application has, by the names of their cursors, for `traceCorrelation`. Throws as the opening of the application
 * does for what is listed.
 */
export function traceConsumersOf(options: EventspanOptions): readonly TraceConsumer[] {
  return logConsumers(options, createRegistry(options));
}

/** {@link traceConsumersOf} of what is checked already. */
export function logConsumers(options: EventspanOptions, registry: Registry): readonly TraceConsumer[] {
  const projectors = [...registry.projectors.values()].flat().filter(({ lifecycle }) => lifecycle !== 'inline');
  // Projections are called otherwise by the transport; all others are called there as their cursors are.
  const subscriptions = new Set(projectors.map(projectionTransportConsumer));
  const others = transportNeedsOf(registry, options).log.filter((name) => !subscriptions.has(name));
  return [
    ...projectors.map((projector) => ({
      name: generationConsumer(firstGenerationOf(projector)),
      ...(projector.order === 'global' && { order: 'global' as const }),
    })),
    ...[...new Set(others)].map((name) => ({ name })),
  ];
}
