import type { EventStore } from '../event-store/event-store.js';
import type { Transport } from '../messaging/transport.js';
import type { RpcCounter } from '../telemetry/rpc-observer.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Engines } from './engines.js';
import type { Topics } from './open-topics.js';
import type { Composition, EventspanOptions } from './options.js';
import type { Registry } from './registry.js';

/** Everything `open` has put together. */
export interface AppParts extends Engines {
  readonly composition: Composition;
  readonly owner: string;
  readonly registry: Registry;
  readonly store: EventStore;
  readonly transport: Transport | undefined;
  readonly topics: Topics;
  readonly rpcs: RpcCounter;
  readonly telemetry: Telemetry;
  readonly options: EventspanOptions;
}
