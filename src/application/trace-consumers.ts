import { consumerCursors } from '../consumers/consumer-definition.js';
import { publicationConsumer } from '../publications/publication-engine.js';
import type { TraceConsumer } from '../history/trace/trace-deliveries.js';
import { firstGenerationOf, generationConsumer } from '../projections/generation.js';
import type { EventspanOptions } from './options.js';
import { createRegistry } from './registry.js';

/** The consumers of the log that an application has, by the names of their cursors, for `traceCorrelation`. Throws as `createRegistry`. */
export function traceConsumersOf(options: EventspanOptions): readonly TraceConsumer[] {
  const registry = createRegistry(options);
  const projectors = [...registry.projectors.values()].flat().filter(({ lifecycle }) => lifecycle !== 'inline');
  return [
    ...projectors.map((projector) => ({
      name: generationConsumer(firstGenerationOf(projector)),
      ...(projector.order === 'global' && { order: 'global' as const }),
    })),
    ...registry.publications.map((publication) => ({ name: publicationConsumer(publication) })),
    ...registry.consumers.map((consumer) => ({ name: consumerCursors(consumer) })),
  ];
}
