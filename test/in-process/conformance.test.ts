import { inProcess } from '../../src/in-process/index.js';
import { describeTransport } from '../../src/testing/conformance/transport/describe-transport.js';

describeTransport('in-process', async () => ({ provider: inProcess(), close: async () => {} }));
