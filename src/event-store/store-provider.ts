import type { Clock } from '../support/clock.js';
import type { Finding } from '../support/finding.js';
import type { Grant } from '../support/grant.js';
import type { Random } from '../support/random.js';
import type { RpcObserver } from '../telemetry/rpc-observer.js';
import type { Logger } from '../telemetry/logger.js';
import type { EventStore } from './event-store.js';

/** What an application gives to its adapters. */
export interface AdapterEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly rpcs: RpcObserver;
}

/** What `memory()`, `sqlite(file)` and `spanner({...})` return: a store that is not open yet. */
export interface StoreProvider {
  readonly name: string;
  /** Connects, checks the schema and the shard count. Throws `MIGRATIONS_PENDING`, `SHARD_COUNT_DIFFERS`, `PACKAGE_MISSING`. */
  open(environment: AdapterEnvironment): Promise<EventStore>;
  /** Brings the schema up to date; idempotent, safe when run twice at once. Answers the names of the steps it applied. */
  migrate(environment: AdapterEnvironment): Promise<readonly string[]>;
  /**
   * As `open`, but makes and changes nothing, whatever the options say: throws `MIGRATIONS_PENDING` where something would have to be done first.
   * Default, for a store that has no schema: `open`.
   */
  openAsIs?(environment: AdapterEnvironment): Promise<EventStore>;
  /** Looks at what is the adapter's own: versions, emulators, grants. Changes nothing; what is wrong is a finding, not an error. */
  diagnose?(environment: AdapterEnvironment): Promise<readonly Finding[]>;
  /** The roles that accounts need on Google Cloud. */
  grants?(): readonly Grant[];
}
