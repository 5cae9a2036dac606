import { memory } from '../../src/memory/index.js';
import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';
import { testEnvironment } from './environment.js';

describeEventStore(
  'memory',
  async () => {
    const provider = memory();
    const store = await provider.open(testEnvironment());
    return { store, reopen: () => provider.open(testEnvironment()), close: () => store.close() };
  },
  { modelRuns: 200 },
);
