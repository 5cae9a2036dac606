/** A process that migrates the database of its first argument and prints the names of the steps it applied. */
require('../support/run-source.cjs');
const { spanner } = require('../../src/spanner/index.ts');
const { systemClock } = require('../../src/support/clock.ts');
const { silentLogger } = require('../../src/telemetry/logger.ts');

const environment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: { sent() {} } };
void spanner(JSON.parse(process.argv[2]))
  .migrate(environment)
  .then((applied) => process.stdout.write(JSON.stringify(applied)));
