import { Accounts, Paid } from '../projections/support/domain.js';
import { World } from '../projections/support/world.js';

let world: World;
afterEach(() => world.close());

describe('an engine that is held', () => {
  it('stands exactly where it is told, goes on when told, and begins nothing on shards that are not named', async () => {
    world = await World.open({ shards: 2 });
    const ends = [];
    for (let at = 0; at < 30; at++) ends.push(await world.append(`acc-${at % 5}`, new Paid('ada', 1)));
    const [shard, position] = [...ends[9]!][0]!;
    const engine = world.engine(Accounts, { batchSize: 4, tailCheckMs: 100 });
    engine.holdAt(new Map([[shard, position]]));
    await engine.start();
    await world.clock.advance(5_000);
    expect(engine.cursors.find(shard)?.position).toBe(position);
    expect(engine.cursors.find(1 - shard)?.position).toBeUndefined();
    const before = engine.status().shards[shard]!.events;
    await world.publish();
    await world.clock.advance(5_000);
    expect(engine.cursors.find(shard)?.position).toBe(position);
    engine.holdAt(undefined);
    for (const end of ends) await world.run(engine.caughtUp(end));
    expect(engine.status().counts.events).toBe(30);
    expect(engine.status().shards[shard]!.events).toBeGreaterThan(before);
  });

  it('reads nothing of the log while it stands', async () => {
    world = await World.open({ shards: 1 });
    const [end] = [...(await world.append('acc-1', new Paid('ada', 1)))];
    await world.append('acc-1', new Paid('ada', 1));
    const engine = world.engine(Accounts, { tailCheckMs: 100, leaseMs: 600_000 });
    engine.holdAt(new Map([end!]));
    await engine.start();
    await world.clock.advance(1_000);
    const reads = world.rpcs.toJSON()['projector']?.['Read'];
    await world.clock.advance(10_000);
    expect(world.rpcs.toJSON()['projector']?.['Read']).toBe(reads);
  });

  it('works on the log alone when it has no transport', async () => {
    world = await World.open({ shards: 2 });
    const alone: object = { transport: undefined, tailCheckMs: 100 };
    const engine = world.engine(Accounts, alone);
    await engine.start();
    await world.clock.advance(0);
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.run(engine.caughtUp(end));
    expect(engine.status().counts.events).toBe(1);
    expect(engine.status().transport).toEqual({ state: 'closed' });
  });
});
