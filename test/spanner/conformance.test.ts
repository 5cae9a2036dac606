import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';
import { describeWithEmulator } from '../support/emulators.js';
import { spannerProvider, testEnvironment } from './spanner-under-test.js';

describeWithEmulator('spanner', 'conformance', () => {
  describeEventStore('spanner', async () => {
    const provider = await spannerProvider();
    const store = await provider.open(testEnvironment());
    return { store, reopen: () => provider.open(testEnvironment()), close: () => store.close() };
  });
});
