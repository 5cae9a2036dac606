import type { EventStore } from '../event-store/event-store.js';
import type { Transport } from '../messaging/transport.js';
import type { RpcCounter } from '../telemetry/rpc-observer.js';
import type { Engines } from './engines.js';
import type { Composition } from './options.js';
import { projectionStatuses } from './projection-statuses.js';
import type { AppState, AppStatus } from './status.js';

interface StatusParts extends Pick<Engines, 'bus' | 'relay' | 'projections' | 'others'> {
  readonly composition: Composition;
  readonly owner: string;
  readonly store: EventStore;
  readonly transport: Transport | undefined;
  readonly rpcs: RpcCounter;
}

/** What an application is doing; `inFlight`: commands under way. */
export function appStatus(parts: StatusParts, { state, inFlight }: { readonly state: AppState; readonly inFlight: number }): AppStatus {
  const { composition, owner, store, transport, bus, relay, projections, others, rpcs } = parts;
  return {
    state,
    name: composition.name,
    owner,
    store: store.name,
    ...(transport && { transport: transport.name }),
    ...(bus && { commands: { ...bus.statistics, inFlight } }),
    ...(relay && { relay: relay.status() }),
    projections: projectionStatuses(projections),
    engines: Object.fromEntries(others.map((engine) => [engine.name, engine.status()])),
    rpcs: rpcs.toJSON(),
  };
}
