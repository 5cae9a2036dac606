import { pubsub } from '../../src/pubsub/index.js';
import { systemClock } from '../../src/support/clock.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';

jest.mock('@google-cloud/pubsub', () => {
  throw new Error("Cannot find module '@google-cloud/pubsub'");
});

it('without the package @google-cloud/pubsub, opening says what to install, and importing and configuring do no harm', async () => {
  const provider = pubsub({ project: 'my-project', topic: 'loan-events' });
  const environment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: new RpcCounter() };
  await expect(provider.open(environment)).rejects.toMatchObject({
    code: 'PACKAGE_MISSING',
    message: expect.stringContaining('npm install @google-cloud/pubsub'),
  });
});
