import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { secondsSince } from '../telemetry/seconds-since.js';
import { outcomeAttributes, timed } from '../telemetry/timed.js';
import type { EventBatch, EventFailure } from './event-handler.js';
import type { ResolvedSubscriptionOptions } from './subscription-options.js';

/** Has a batch handled, and records how long it took. */
export function applyMeasured(options: ResolvedSubscriptionOptions, batch: EventBatch): Promise<EventFailure | undefined> {
  const { handler, telemetry, consumer, clock } = options;
  const { metrics } = telemetry;
  if (!metrics.isOn) return handler.apply(batch);
  return timed(
    () => handler.apply(batch),
    (seconds, { result, error }) => {
      const outcome = error !== undefined ? 'fault' : result === undefined ? 'handled' : 'failed';
      const attributes = { 'eventspan.consumer': consumer, ...outcomeAttributes(outcome, error ?? result?.error) };
      metrics.record('eventspan.handler.seconds', seconds, attributes);
      if (outcome !== 'handled' || batch.isRedrive) return;
      const delay = secondsSince(commitTimeOf(batch.events[0] as StoredEvent), clock.now());
      metrics.record('eventspan.handler.delay.seconds', delay, { 'eventspan.consumer': consumer });
    },
  );
}
