import { pubsub } from '../../src/pubsub/index.js';
import { describeTransport } from '../../src/testing/conformance/transport/describe-transport.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

describeWithEmulator('pubsub', 'Pub/Sub', () => {
  describeTransport('pubsub', async () => ({
    provider: pubsub({ project: 'eventspan-test', topic: uniqueName('events'), emulatorHost: await emulatorHost('pubsub') }),
    close: async () => {},
  }));
});
