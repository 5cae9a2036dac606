/** Runs the application of book-app.cjs until it is killed or told to stop; says `started` on standard output. */
require('../../support/run-source.cjs');
const { Eventspan } = require('../../../src/index.ts');
const options = require('./book-app.cjs');

async function main() {
  const app = await Eventspan.open({ ...options, roles: ['projectors'] });
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
  await app.start();
  console.log('started');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
