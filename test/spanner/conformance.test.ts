import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';
import { startEmulators } from '../../src/testing/emulators/index.js';
import { describeWithEmulator } from '../support/emulators.js';
import { spannerProvider, testEnvironment } from './spanner-under-test.js';

describeWithEmulator('spanner', 'conformance', () => {
  const makeStore: Parameters<typeof describeEventStore>[1] = async () => {
    // An emulator of its own: its strong reads slow down with every transaction it has served, in all its databases.
    const emulators = await startEmulators({ spanner: { reuse: false } });
    const provider = await spannerProvider({ emulatorHost: emulators.spanner?.host as string });
    const store = await provider.open(testEnvironment());
    const close = async (): Promise<void> => {
      await store.close();
      await emulators.stop();
    };
    return { store, reopen: () => provider.open(testEnvironment()), close };
  };
  describeEventStore('spanner', makeStore, { modelRuns: 6 });
});
