import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreProvider } from '../../src/event-store/store-provider.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { memory } from '../../src/memory/index.js';
import { ProjectionEngine } from '../../src/projections/projection-engine.js';
import { createReadModel } from '../../src/projections/read-model.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { createParkedStreams } from '../../src/subscriptions/parked-streams.js';
import { systemClock } from '../../src/support/clock.js';
import { uuidV7 } from '../../src/support/uuid-v7.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { Paid, registry } from '../projections/support/domain.js';
import { testEnvironment } from '../sqlite/sqlite-file.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { CONSUMER, listed, seenIn, seenProjector } from './support/park-world.js';

const folder = mkdtempSync(join(tmpdir(), 'parking-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const nextId = uuidV7();
const engines: ProjectionEngine[] = [];
afterEach(async () => void (await Promise.all(engines.splice(0).map((engine) => engine.stop()))));

async function pay(store: EventStore, streamId: string, ...amounts: number[]): Promise<void> {
  const events = amounts.map((amount) => {
    const { type, data, schemaVersion } = registry.serialize(new Paid('a', amount));
    return {
      eventId: nextId(),
      type,
      data,
      metadata: JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion }),
    };
  });
  await store.append({ writes: [{ streamId, expectedVersion: 'any', events }] });
}

function engineOn(store: EventStore, handle: (event: Paid) => void, order: 'stream' | 'global' = 'stream'): ProjectionEngine {
  const projector = seenProjector(handle, { order });
  const parts = { events: registry, store, clock: systemClock, random: Math.random, logger: silentLogger };
  const engine = new ProjectionEngine({ ...parts, projector, owner: nextId(), tailCheckMs: 20, batchSize: 5, leaseMs: 1_000 });
  engines.push(engine);
  return engine;
}

/** Parks, passes over, is taken over, re-drives what fails again and what does not, discards, and comes to the right rows. */
async function story(provider: StoreProvider, order: 'stream' | 'global'): Promise<void> {
  await provider.migrate(testEnvironment());
  const store = await provider.open(testEnvironment());
  const bad = new Set([13, 14]);
  const handle = ({ amount }: Paid): void => {
    if (bad.has(amount)) throw new Error(`bad ${amount}`);
  };
  const first = engineOn(store, handle, order);
  await first.start();
  await pay(store, 'one', 1, 13, 2, 14, 3);
  await pay(store, 'two', 13, 4);
  for (let at = 0; at < 10; at++) await pay(store, `good-${at}`, 5);
  const parked = createParkedStreams({ store });
  await until(() => first.status().counts.events >= 17, 'all are passed', 30_000);
  expect((await listed(parked)).map(({ streamId, version }) => [streamId, version])).toEqual(
    expect.arrayContaining([['one', 2], ['two', 1]]), // prettier-ignore
  );
  await first.stop();

  bad.delete(13);
  const heir = engineOn(store, handle, order);
  await heir.start();
  const { ticket, requested } = await parked.redrive({ consumer: 'seen' });
  expect(requested).toBe(2);
  expect(await parked.waitUntilSettled(ticket, { timeoutMs: 30_000 })).toEqual({ pending: 0, unparked: 1, failedAgain: 1 });
  const discard = await parked.discard({ consumer: CONSUMER, streamId: 'one' }, { reason: 'wrong amount' });
  await parked.waitUntilSettled(discard.ticket, { timeoutMs: 30_000 });
  expect(await listed(parked)).toEqual([]);
  const rows = await seenIn(createReadModel(store.readModels, seenProjector(handle)));
  expect(rows).toMatchObject({ one: [1, 13, 2, 3], two: [13, 4], 'good-9': [5] });
  expect(Object.keys(rows)).toHaveLength(12);
  await heir.stop();
  await store.close();
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory({ shards: 4 })],
  ['sqlite', () => sqlite(join(folder, `${nextId()}.db`), { shards: 4 })],
])('[%s] parked streams in real time', (_, provider) => {
  it('wait, are handed over, re-driven and discarded', () => story(provider(), 'stream'));
  it('do so in global order too', () => story(provider(), 'global'));
});

describeWithEmulator(['spanner'], 'parked streams in real time', () => {
  const provider = async (): Promise<StoreProvider> =>
    spanner({ project: 'test', instance: 'eventspan', database: uniqueName('db'), shards: 4, emulatorHost: await emulatorHost('spanner') });

  it('wait, are handed over, re-driven and discarded', async () => story(await provider(), 'stream'));
  it('do so in global order too', async () => story(await provider(), 'global'));
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(...args: string[]): Promise<Ended> {
  const root = join(__dirname, '../..');
  const command = ['--require', join(root, 'test/support/run-source.cjs'), join(root, 'src/cli/main.ts'), 'parked', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe('[sqlite] eventspan parked', () => {
  it('lists, shows, re-drives and discards beside a running application', async () => {
    const file = join(folder, 'cli.db');
    const store = await sqlite(file).open(testEnvironment());
    const bad = new Set([13]);
    const engine = engineOn(store, ({ amount }) => {
      if (bad.has(amount)) throw new Error(`bad ${amount}`);
    });
    await engine.start();
    const at = ['--store', `sqlite:${file}`];
    expect((await eventspan('list', ...at)).out).toBe('Nothing is parked.\n');
    await pay(store, 'one', 1, 13, 2);
    await pay(store, 'two', 13);
    await until(() => engine.status().counts.parked === 2, 'both are parked', 10_000);

    const list = await eventspan('list', ...at, '--reason', 'failed');
    expect(list.out.split('\n')[0]).toMatch(/^CONSUMER +STREAM +VERSION/);
    expect(list.out).toMatch(/projector:seen:v1 +one +2 +paid +failed +1 .*bad 13/);
    const json = JSON.parse((await eventspan('list', ...at, '--json')).out) as { parked: object[] };
    expect(json.parked).toHaveLength(2);
    expect(json.parked[0]).not.toHaveProperty('stack');
    const shown = await eventspan('show', CONSUMER, 'one', ...at);
    expect(shown.out).toMatch(/waiting +2 events/);
    expect(shown.out).toContain('at ');

    expect(await eventspan('redrive', ...at, '--all', '--json')).toMatchObject({
      code: 1,
      out: '{"requested":2,"pending":0,"failedAgain":2,"unparked":0}\n',
    });
    bad.clear();
    expect(await eventspan('redrive', ...at, '--stream', 'two')).toMatchObject({ code: 0, out: '1 go on, 0 failed again, 0 to do\n' });
    expect(await eventspan('discard', ...at, '--consumer', 'seen', '--because', 'a typo')).toMatchObject({ code: 0 });
    expect((await eventspan('list', ...at, '--json')).out).toBe('{"parked":[]}\n');
    expect(
      await seenIn(
        createReadModel(
          store.readModels,
          seenProjector(() => undefined),
        ),
      ),
    ).toEqual({ one: [1, 2], two: [13] });

    expect(await eventspan('show', CONSUMER, 'one', ...at)).toMatchObject({
      code: 1,
      err: expect.stringContaining('STREAM_NOT_PARKED') as string,
    });
    expect(await eventspan('redrive', ...at)).toMatchObject({
      code: 1,
      err: expect.stringContaining('PARKED_SELECTION_INVALID') as string,
    });
    expect(await eventspan('discard', ...at, '--all')).toMatchObject({ code: 2 });
    await engine.stop();
    await pay(store, 'three', 1);
    await store.close();
  }, 60_000);

  it('only asks where it is told not to wait, and says so when nobody carries it out', async () => {
    const file = join(folder, 'cli-alone.db');
    const store = await sqlite(file).open(testEnvironment());
    const engine = engineOn(store, () => {
      throw new Error('always');
    });
    await engine.start();
    await pay(store, 'one', 1);
    await until(() => engine.status().counts.parked === 1, 'it is parked', 10_000);
    await engine.stop();
    await store.close();
    const at = ['--store', `sqlite:${file}`];
    expect(await eventspan('redrive', ...at, '--all', '--no-wait')).toMatchObject({ code: 0, out: 'Asked for 1 streams.\n' });
    expect((await eventspan('list', ...at)).out).toMatch(/ redrive +always/);
    expect(await eventspan('redrive', ...at, '--all', '--timeout', '0')).toMatchObject({
      code: 1,
      err: expect.stringContaining('PARKED_NOT_SETTLED') as string,
    });
  }, 60_000);
});
