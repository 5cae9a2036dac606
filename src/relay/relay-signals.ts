import type { Observe } from '../telemetry/metrics.js';
import { secondsSince } from '../telemetry/seconds-since.js';
import type { Vitals } from '../telemetry/vitals.js';
import { RELAY_CONSUMER } from './held-shard.js';
import type { RelayStatus } from './relay-status.js';

/** Says the counters and gauges of a relay, from its status. */
export function observeRelay({ published, shards, leases }: RelayStatus, nowMs: number, observe: Observe): void {
  observe('eventspan.relay.events', published);
  observe(
    'eventspan.relay.lag.events',
    shards.reduce((sum, { waiting }) => sum + waiting, 0),
  );
  const ages = shards.map(({ waitingSince }) => (waitingSince === undefined ? 0 : secondsSince(waitingSince, nowMs)));
  observe('eventspan.relay.lag.seconds', Math.max(0, ...ages));
  for (const state of ['ready', 'publishing', 'retrying', 'stopped'] as const) {
    observe('eventspan.relay.shards', shards.filter((shard) => shard.state === state).length, { 'eventspan.state': state });
  }
  observe('eventspan.leases.changes', leases.taken, { 'eventspan.consumer': RELAY_CONSUMER, 'eventspan.change': 'taken' });
  observe('eventspan.leases.changes', leases.lost, { 'eventspan.consumer': RELAY_CONSUMER, 'eventspan.change': 'lost' });
}

/** What health is judged by. The transport is away while every publish under way has to be sent again. */
export function relayVitals({ state, turnedAt, shards }: RelayStatus, leaseMs: number): Vitals {
  const retrying = shards.find((shard) => shard.state === 'retrying');
  const isAway = retrying !== undefined && !shards.some((shard) => shard.state === 'publishing');
  return {
    name: RELAY_CONSUMER,
    leaseMs,
    ...(state === 'running' && turnedAt !== undefined && { turnedAt }),
    ...(isAway && { unreachable: retrying.reason ?? 'the transport does not answer' }),
  };
}
