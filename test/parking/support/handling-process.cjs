/**
 * A process that maintains a projection of the database of its first argument from the log alone, until nothing more is to do; its second argument
 * says so: `{ maxStarts, killsOn, takesMs, redriven }`. A handler of an amount in `killsOn` ends it with exit code 77, one in `takesMs` takes so long. Prints the engine's counts.
 */
require('../../support/run-source.cjs');
const { sqlite } = require('../../../src/sqlite/index.ts');
const { systemClock } = require('../../../src/support/clock.ts');
const { silentLogger } = require('../../../src/telemetry/logger.ts');
const { ProjectionEngine } = require('../../../src/projections/projection-engine.ts');
const { comparePositions } = require('../../../src/event-store/position.ts');
const { registry } = require('../../projections/support/domain.ts');
const { seenProjector } = require('./park-world.ts');

const [file, options] = [process.argv[2], JSON.parse(process.argv[3])];
const environment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: { sent() {} } };

const projector = seenProjector(async ({ amount }) => {
  const ms = options.takesMs?.[amount];
  if (ms !== undefined) await systemClock.sleep(ms);
  if (options.killsOn.includes(amount)) process.exit(77);
  if ((options.failsOn ?? []).includes(amount)) throw new Error(`bad ${amount}`);
});

async function main() {
  const store = await sqlite(file, { shards: 2, busyTimeoutMs: 30_000 }).open(environment);
  const ends = (await store.describeShards()).filter(({ last }) => last !== undefined);
  const engine = new ProjectionEngine({
    projector,
    events: registry,
    store,
    owner: options.owner ?? `process-${process.pid}`,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    leaseMs: 200,
    tailCheckMs: 20,
    batchSize: 20,
    maxStarts: options.maxStarts ?? 3,
  });
  await engine.start();
  const isDone = ({ shard, last }) => comparePositions(engine.cursors.find(shard)?.position ?? '', last) >= 0;
  while (!ends.every(isDone) || engine.status().counts.redriven < (options.redriven ?? 0)) await systemClock.sleep(5);
  const { counts } = engine.status();
  await engine.stop();
  await store.close();
  process.stdout.write(JSON.stringify(counts));
}

void main();
