/**
 * A process that appends to the database of its first argument, and prints what it knows to be stored:
 * `{ shared, own, conflicts }`, event ids of the stream that all share (exact versions, tried again after each conflict) and of its own.
 */
require('../support/run-source.cjs');
const { sqlite } = require('../../src/sqlite/index.ts');
const { systemClock } = require('../../src/support/clock.ts');
const { silentLogger } = require('../../src/telemetry/logger.ts');

const [file, name, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const environment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: { sent() {} } };

async function main() {
  const store = await sqlite(file, { synchronous: 'normal', busyTimeoutMs: 30_000 }).open(environment);
  const stored = { shared: [], own: [], conflicts: 0 };
  for (let n = 0; n < count; n++) {
    await appendShared(store, `${name}-shared-${n}`, stored);
    await store.append({ writes: [{ streamId: name, expectedVersion: n, events: [eventOf(`${name}-own-${n}`)] }] });
    stored.own.push(`${name}-own-${n}`);
  }
  await store.close();
  process.stdout.write(JSON.stringify(stored));
}

async function appendShared(store, eventId, stored) {
  for (;;) {
    const { version } = await store.load('shared');
    try {
      // The exact version is judged in the transaction; the turn in between lets the other process be the first.
      await new Promise((resolve) => setImmediate(resolve));
      await store.append({ writes: [{ streamId: 'shared', expectedVersion: version, events: [eventOf(eventId)] }] });
      stored.shared.push(eventId);
      return;
    } catch (error) {
      if (error.code !== 'VERSION_CONFLICT') throw error;
      stored.conflicts++;
    }
  }
}

function eventOf(eventId) {
  return { eventId, type: 'thing.happened', data: '{}', metadata: '{}' };
}

void main();
