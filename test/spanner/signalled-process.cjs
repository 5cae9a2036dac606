/**
 * A process that has loaded a client package as an adapter does, prints how many listeners each event has, and goes on until it is ended.
 * Arguments: the adapter; what the program does first, `handles` SIGTERM or `imports` the Spanner package itself.
 */
require('../support/run-source.cjs');

const [adapter, first] = process.argv.slice(2);

const load = {
  spanner() {
    const { makeClients } = require('../../src/spanner/clients.ts');
    const { spannerSettings } = require('../../src/spanner/options.ts');
    makeClients(spannerSettings({ project: 'test', instance: 'no', database: 'none', emulatorHost: '127.0.0.1:1' }));
  },
  async pubsub() {
    const { openClients } = require('../../src/pubsub/clients.ts');
    const { resolvePubSubOptions } = require('../../src/pubsub/pubsub-options.ts');
    await openClients(resolvePubSubOptions({ project: 'test', topic: 'none', emulatorHost: '127.0.0.1:1' }));
  },
};

async function main() {
  if (first === 'handles') process.once('SIGTERM', () => process.exit(7));
  if (first === 'imports') require('@google-cloud/spanner');
  await load[adapter]();
  setInterval(() => undefined, 60_000);
  const counts = ['SIGINT', 'SIGTERM', 'beforeExit'].map((event) => [event, process.listenerCount(event)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(counts)));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
