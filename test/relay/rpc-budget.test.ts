import { World } from './support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open(16);
});
afterEach(() => Promise.all(world.relays.map((relay) => world.run(relay.stop()))));

const counts = (): Record<string, number> => ({ Read: 0, Commit: 0, ...world.rpcs.toJSON()['relay'] });
const since = (before: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts()).map(([method, n]) => [method, n - before[method]!]));

describe('the requests of a relay', () => {
  it('a batch over many shards is 1 Read, a publish a shard, 1 Commit', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.run(relay.settled());
    await world.clock.advance(2_000);
    for (let at = 0; at < 180; at++) await world.append(`s-${at}`, 5);
    const before = counts();
    relay.nudge();
    await world.clock.advance(10);
    expect(since(before)).toEqual({ Read: 1, Commit: 1 });
    expect(world.topic.taken).toHaveLength(900);
    expect(world.topic.asked).toHaveLength(16);
  });

  it('a batch that is no full page is followed by no Read before the next poll or nudge', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.clock.advance(2_000);
    const before = counts();
    for (let at = 0; at < 10; at++) {
      await world.append(`s-${at}`, 5);
      relay.nudge();
      await world.clock.advance(1);
    }
    expect(since(before)).toEqual({ Read: 10, Commit: 10 });
    expect(world.topic.taken).toHaveLength(50);
  });

  it('an idle poll is 1 Read for all 16 shards', async () => {
    const relay = world.relay('r', { leaseMs: 60_000, poll: { minMs: 20, maxMs: 100 } });
    relay.start();
    await world.clock.advance(1_000);
    const before = counts();
    await world.clock.advance(10_000);
    expect(since(before)).toEqual({ Read: 100, Commit: 0 });
  });

  it('an idle lease costs 1 Read and 1 Commit every third of leaseMs, for all shards together', async () => {
    const relay = world.relay('r', { leaseMs: 9_000, poll: { minMs: 20, maxMs: 500 } });
    relay.start();
    await world.clock.advance(3_500);
    const before = counts();
    await world.clock.advance(30_000);
    const { Read, Commit } = since(before);
    expect(Commit).toBe(10);
    expect(Read! - 60).toBeLessThanOrEqual(22);
  });
});
