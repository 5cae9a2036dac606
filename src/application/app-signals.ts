import { generationConsumer } from '../projections/generation.js';
import { observeRelay } from '../relay/relay-signals.js';
import { observeSubscription } from '../subscriptions/subscription-signals.js';
import type { Observe } from '../telemetry/metrics.js';
import type { AppEngine } from './app-engine.js';
import type { AppStatus } from './status.js';

/** Says the counters and gauges of an application, from its status and by its engines. */
export function observeApp(
  { commands, relay, projections, rpcs }: AppStatus,
  { nowMs, engines }: { readonly nowMs: number; readonly engines: readonly AppEngine[] },
  observe: Observe,
): void {
  for (const engine of engines) engine.signals?.(observe);
  if (commands !== undefined) {
    observe('eventspan.commands.in_flight', commands.inFlight);
    observe('eventspan.commands.conflicts', commands.conflicts);
    observe('eventspan.commands.retries', commands.retries);
    observe('eventspan.commands.cache_hits', commands.cacheHits);
  }
  if (relay !== undefined) observeRelay(relay, nowMs, observe);
  for (const projection of projections) {
    const { name: projector, version, run } = projection;
    observeSubscription({ consumer: generationConsumer({ projector, version, run }), nowMs }, projection, observe);
  }
  for (const [caller, methods] of Object.entries(rpcs)) {
    for (const [method, count] of Object.entries(methods)) {
      observe('eventspan.rpcs', count, { 'eventspan.caller': caller, 'eventspan.method': method });
    }
  }
}
