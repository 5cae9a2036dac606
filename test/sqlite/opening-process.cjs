/** A process that migrates the database of its first argument, and prints the names of the steps it applied. */
require('../support/run-source.cjs');
const { sqlite } = require('../../src/sqlite/index.ts');
const { systemClock } = require('../../src/support/clock.ts');
const { silentLogger } = require('../../src/telemetry/logger.ts');

const environment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: { sent() {} } };
void sqlite(process.argv[2])
  .migrate(environment)
  .then((applied) => process.stdout.write(JSON.stringify(applied)));
