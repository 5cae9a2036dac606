/** Sells until it is killed, and says what succeeded. Argument: the SQLite file. */
require('../../support/run-source.cjs');
require('../../support/entries.cjs');
require('reflect-metadata');
const { sqlite } = require('eventspan/sqlite');
const { openShop, Sell } = require('./shop.ts');

async function sell() {
  const app = await openShop(sqlite(process.argv[2]));
  for (let at = 0; ; at++) {
    const { version } = await app.execute(new Sell(`k-${at % 3}`, [1, 2]));
    process.stdout.write(`${at % 3} ${version}\n`);
  }
}

sell().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
