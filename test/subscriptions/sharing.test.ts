import { defineProjector, on } from '../../src/projections/define-projector.js';
import { physicalTableOf } from '../../src/projections/physical-table.js';
import { Accounts, counts, Paid } from '../projections/support/domain.js';
import { withFate } from '../projections/support/with-fate.js';
import { World } from '../projections/support/world.js';

let world: World;
afterEach(() => world.close());

const heldBy = (engine: { status(): { shards: readonly { state: string }[] } }): number =>
  engine.status().shards.filter(({ state }) => state !== 'elsewhere').length;

describe('instances of one consumer', () => {
  it('share the shards by where the transport delivers, and a shard stays where it is', async () => {
    world = await World.open({ shards: 16 });
    const [first, second] = [await world.started(Accounts), await world.started(Accounts)];
    await world.clock.advance(100);
    expect([heldBy(first), heldBy(second)]).toEqual([16, 0]);
    for (let at = 0; at < 200; at++) {
      await world.append(`acc-${at}`, new Paid('ada', 1));
      await world.publish();
      if (at % 5 === 0) await world.clock.advance(20);
    }
    await world.until(() => first.status().counts.events + second.status().counts.events === 200, 'all are applied');
    await world.clock.advance(10_000);
    expect(heldBy(second)).toBeGreaterThan(3);
    expect(heldBy(first)).toBeGreaterThan(3);
    const { cursors } = await world.store.cursors.read('projector:accounts:v1');
    // Taken once at the start, and at most once more when its messages went to the other.
    expect(Math.max(...cursors.map(({ token }) => token))).toBeLessThanOrEqual(2);
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 200, amount: 200 });
  });

  it('take over from one that was killed when its lease is over, and not before', async () => {
    world = await World.open({ shards: 4 });
    let isDead = false;
    const store = withFate(world.store, (_operation, next) => (isDead ? new Promise(() => undefined) : next()));
    await world.started(Accounts, { store, leaseMs: 3_000 });
    await world.clock.advance(100);
    isDead = true;
    const end = await world.append('acc-1', new Paid('ada', 1));
    const heir = await world.started(Accounts, { leaseMs: 3_000 });
    await world.clock.advance(1_500);
    expect(heldBy(heir)).toBe(0);
    await world.run(heir.caughtUp(end));
    expect(heldBy(heir)).toBe(4);
    isDead = false;
  });

  it('take over at once from one that stopped', async () => {
    world = await World.open({ shards: 4 });
    const first = await world.started(Accounts, { leaseMs: 600_000 });
    await world.clock.advance(100);
    await world.run(first.stop());
    const heir = await world.started(Accounts, { leaseMs: 600_000 });
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.run(heir.caughtUp(end), 1_500);
    expect(heldBy(heir)).toBe(4);
  });

  it('notice a shard that was taken while it was idle', async () => {
    world = await World.open({ shards: 1 });
    const engine = await world.started(Accounts, { leaseMs: 3_000 });
    await world.clock.advance(100);
    const { cursors } = await world.store.cursors.read('projector:accounts:v1');
    await world.store.cursors.take('projector:accounts:v1', 'stranger', [{ shard: 0, token: cursors[0]!.token }]);
    await world.clock.advance(1_100);
    expect(engine.status().shards[0]).toEqual({ shard: 0, state: 'elsewhere', events: 0, waiting: 0, parked: 0 });
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.run(engine.caughtUp(end, { timeoutMs: 10_000 }));
  });

  it('forget what they knew of counters when a shard has been with another', async () => {
    world = await World.open({ shards: 1 });
    const consumer = 'projector:accounts:v1';
    const engine = await world.started(Accounts, { leaseMs: 3_000 });
    await world.run(engine.caughtUp(await world.append('acc-1', new Paid('ada', 1))));
    const [cursor] = (await world.store.cursors.read(consumer)).cursors;
    const [taken] = await world.store.cursors.take(consumer, 'stranger', [{ shard: 0, token: cursor!.token }]);
    const batch = await world.store.readModels.openBatch({ rows: 'stream' });
    const row = { kind: 'paid', shard: 0, n: 100, amount: 100 };
    await batch.commit([{ kind: 'upsert', table: physicalTableOf(counts, { projector: 'accounts', version: 1, run: 0 }), row }], {
      consumer,
      shard: 0,
      token: taken!.token,
    });
    await world.store.cursors.release([taken!]);
    await world.clock.advance(3_000);
    await world.run(engine.caughtUp(await world.append('acc-1', new Paid('ada', 1))));
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 101, amount: 101 });
  });

  it('go on from a reset of the consumer, from the beginning', async () => {
    world = await World.open({ shards: 1 });
    let seen = 0;
    const projector = defineProjector({ name: 'seen', on: [on(Paid, () => void seen++)] });
    const engine = await world.started(projector, { leaseMs: 3_000 });
    const end = await world.append('acc-1', new Paid('ada', 1), new Paid('ada', 2));
    await world.publish();
    await world.run(engine.caughtUp(end));
    await world.store.cursors.reset('projector:seen:v1', new Map([[0, undefined]]));
    await world.until(() => seen === 4, 'both are seen again');
  });
});

describe('one instance', () => {
  it('has batches of at most `concurrency` shards in hand, and of a shard one', async () => {
    world = await World.open({ shards: 8 });
    let running = 0;
    let most = 0;
    let overlaps = 0;
    const shards = new Set<number>();
    const projector = defineProjector({
      name: 'slow',
      on: [
        on(Paid, async (_event, { shard }) => {
          overlaps += Number(shards.has(shard));
          shards.add(shard);
          most = Math.max(most, ++running);
          await world.clock.sleep(50);
          running--;
          shards.delete(shard);
        }),
      ],
    });
    const engine = await world.started(projector, { concurrency: 3 });
    for (let at = 0; at < 40; at++) await world.append(`acc-${at}`, new Paid('ada', 1));
    await world.publish();
    await world.until(() => engine.status().counts.events === 40, 'all are applied');
    expect({ most, overlaps }).toEqual({ most: 3, overlaps: 0 });
  });

  it('keeps no more messages than it is allowed, and reads the rest from the log', async () => {
    world = await World.open({ shards: 1 });
    let release = (): void => undefined;
    const opened = new Promise<void>((resolve) => (release = resolve));
    const projector = defineProjector({ name: 'held-up', on: [on(Paid, () => opened)] });
    const engine = await world.started(projector, { batchSize: 5, tailCheckMs: 600_000 });
    await world.clock.advance(10);
    for (let at = 0; at < 60; at++) await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.clock.advance(100);
    expect(engine.status().shards[0]).toMatchObject({ state: 'working', waiting: 10 });
    release();
    await world.until(() => engine.status().counts.events === 60, 'all are applied');
    expect(engine.status().counts.batches).toBeLessThanOrEqual(13);
  });

  it('whose handlers fail in some shards has its slots free for the others meanwhile', async () => {
    world = await World.open({ shards: 8 });
    const projector = defineProjector({
      name: 'half',
      on: [
        on(Paid, ({ amount }) => {
          if (amount < 0) throw new Error('negative');
        }),
      ],
    });
    const engine = await world.started(projector, { concurrency: 1, retry: { attempts: 1_000, initialMs: 10_000, maxMs: 60_000 } });
    await world.clock.advance(10);
    await world.append('acc-1', new Paid('ada', -1));
    await world.publish();
    await world.until(() => engine.status().shards.some(({ state }) => state === 'retrying'), 'one is retrying');
    for (let at = 10; at < 40; at++) await world.append(`acc-${at}`, new Paid('ada', 1));
    const before = world.clock.now();
    await world.publish();
    await world.until(() => engine.status().counts.events >= 20, 'the others go on');
    expect(world.clock.now() - before).toBeLessThan(500);
  });
});
