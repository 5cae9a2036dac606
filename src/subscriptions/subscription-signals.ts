import type { Observe } from '../telemetry/metrics.js';
import { secondsSince } from '../telemetry/seconds-since.js';
import type { Vitals } from '../telemetry/vitals.js';
import type { SubscriptionStatus } from './subscription-status.js';

/** Says the counters and gauges of a consumer, from its status. */
export function observeSubscription(
  of: { readonly consumer: string; readonly nowMs: number },
  status: SubscriptionStatus,
  observe: Observe,
): void {
  const { counts, leases, shards } = status;
  const consumer = { 'eventspan.consumer': of.consumer };
  observe('eventspan.consumer.events', counts.events, consumer);
  observe('eventspan.consumer.batches', counts.batches, consumer);
  observe('eventspan.consumer.retries', counts.retries, consumer);
  observe('eventspan.consumer.duplicates', counts.duplicates, consumer);
  observe('eventspan.consumer.gaps', counts.gapsRead, consumer);
  observe('eventspan.consumer.invalid_messages', counts.invalidMessages, consumer);
  observe('eventspan.consumer.parkings', counts.parked, consumer);
  observe('eventspan.consumer.redriven', counts.redriven, consumer);
  observe('eventspan.consumer.given_up', counts.discarded, { ...consumer, 'eventspan.reason': 'discarded' });
  observe('eventspan.consumer.given_up', counts.skipped, { ...consumer, 'eventspan.reason': 'skipped' });
  observe('eventspan.consumer.side_effect_failures', counts.sideEffectFailures, consumer);
  observe('eventspan.leases.changes', leases.taken, { ...consumer, 'eventspan.change': 'taken' });
  observe('eventspan.leases.changes', leases.lost, { ...consumer, 'eventspan.change': 'lost' });
  const held = shards.filter(({ state }) => state !== 'elsewhere');
  observe('eventspan.consumer.parked', sum(held.map(({ parked }) => parked)), consumer);
  observe('eventspan.consumer.lag.events', sum(held.map(({ waiting }) => waiting)), consumer);
  const ages = held.map(({ waitingSince }) => (waitingSince === undefined ? 0 : secondsSince(waitingSince, of.nowMs)));
  observe('eventspan.consumer.lag.seconds', Math.max(0, ...ages), consumer);
  for (const state of ['idle', 'working', 'held', 'retrying', 'stopped'] as const) {
    observe('eventspan.consumer.shards', held.filter((shard) => shard.state === state).length, { ...consumer, 'eventspan.state': state });
  }
}

/** What health is judged by, from the status of a subscription. */
export function subscriptionVitals(of: { readonly consumer: string; readonly leaseMs: number }, status: SubscriptionStatus): Vitals {
  const { state, turnedAt, transport } = status;
  return {
    name: of.consumer,
    leaseMs: of.leaseMs,
    ...(state === 'running' && turnedAt !== undefined && { turnedAt }),
    ...(transport.state === 'waiting' && { unreachable: transport.reason ?? 'the transport does not answer' }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
