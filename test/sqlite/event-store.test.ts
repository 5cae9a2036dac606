import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '../../src/sqlite/index.js';
import { systemClock } from '../../src/support/clock.js';
import { seededRandom } from '../../src/support/random.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';

describeEventStore(
  'sqlite',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eventspan-'));
    const provider = sqlite(join(folder, 'events.db'));
    const environment = { clock: systemClock, random: seededRandom(1), logger: silentLogger, rpcs: new RpcCounter() };
    const store = await provider.open(environment);
    return {
      store,
      reopen: () => provider.open(environment),
      close: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
  { modelRuns: 40 },
);
