import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { systemClock } from '../support/clock.js';
import { silentLogger } from '../telemetry/logger.js';
import { RpcCounter } from '../telemetry/rpc-observer.js';

/** The real machine's clock and chance, no log: for opening or migrating a store outside an application. */
export function systemEnvironment(given: Partial<AdapterEnvironment> = {}): AdapterEnvironment {
  return { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: new RpcCounter(), ...given };
}
