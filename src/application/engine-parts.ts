import type { EventStore } from '../event-store/event-store.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Transport } from '../messaging/transport.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Composition, EventspanOptions } from './options.js';
import type { Registry } from './registry.js';

/** What the engines of one process are made of. */
export interface EngineParts {
  readonly composition: Composition;
  readonly owner: string;
  readonly registry: Registry;
  readonly store: EventStore;
  readonly transport: Transport | undefined;
  readonly environment: AdapterEnvironment;
  readonly options: EventspanOptions;
  readonly telemetry: Telemetry;
}
