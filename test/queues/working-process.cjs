/** A process that does the tasks of the database of its first argument until it is killed. Says `ready` once it runs. */
require('../support/run-source.cjs');
require('../support/entries.cjs');
const { defineWorkQueue, Eventspan, onTask } = require('../../src/index.ts');
const { inProcess } = require('../../src/in-process/index.ts');
const { sqlite } = require('../../src/sqlite/index.ts');
const { SendEmail, SENT } = require('./support.ts');

async function main() {
  const store = sqlite(process.argv[2], { synchronous: 'normal', busyTimeoutMs: 30_000 });
  const emails = defineWorkQueue({
    name: 'emails',
    concurrency: 4,
    prefetch: 20,
    visibilityMs: 1_000,
    tables: [SENT],
    on: [
      onTask(SendEmail, async ({ to }, { view, attempt }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        view.insert(SENT, { id: to, to, attempt });
      }),
    ],
  });
  const app = await Eventspan.open({ store, transport: inProcess(), roles: ['relay', 'consumers'], workQueues: [emails] });
  await app.start();
  process.stdout.write('ready\n');
}

void main();
