import type { AdapterEnvironment } from '../../src/event-store/store-provider.js';
import { systemClock } from '../../src/support/clock.js';
import { seededRandom } from '../../src/support/random.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';

export function testEnvironment(changes: Partial<AdapterEnvironment> = {}): AdapterEnvironment {
  return { clock: systemClock, random: seededRandom(1), logger: silentLogger, rpcs: new RpcCounter(), ...changes };
}
