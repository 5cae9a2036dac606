/** A process that fires the timers of the database of its first argument until it is told to end or killed. Says `ready` once it runs. */
require('../support/run-source.cjs');
require('../support/entries.cjs');
const { Eventspan } = require('../../src/index.ts');
const { sqlite } = require('../../src/sqlite/index.ts');
const { ReminderDue } = require('./support.ts');

async function main() {
  const store = sqlite(process.argv[2], { synchronous: 'normal', busyTimeoutMs: 30_000 });
  const app = await Eventspan.open({ store, roles: ['timers'], events: [ReminderDue] });
  await app.start();
  process.stdout.write('ready\n');
  process.once('SIGTERM', () => void app.stop());
}

void main();
