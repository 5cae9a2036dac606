import { memory } from '../../src/memory/index.js';
import { systemClock } from '../../src/support/clock.js';
import { seededRandom } from '../../src/support/random.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';

describeEventStore(
  'memory',
  async () => {
    const provider = memory();
    const environment = { clock: systemClock, random: seededRandom(1), logger: silentLogger, rpcs: new RpcCounter() };
    const store = await provider.open(environment);
    return { store, reopen: () => provider.open(environment), close: () => store.close() };
  },
  { modelRuns: 200 },
);
