import { EventspanError } from '../../src/errors/eventspan-error.js';
import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import { seededRandom, type Random } from '../../src/support/random.js';
import { publishFailed } from './support/topic.js';
import { World, withFate, type StoreFate } from './support/world.js';

const unavailable = (): EventspanError => new EventspanError('STORE_UNAVAILABLE', { reason: 'no route' });
const unknown = (operation: string): EventspanError => new OutcomeUnknownError(operation, [], new Error('deadline'));

describe('a store that fails', () => {
  it('never ends the relay: its fault is shown, it waits and goes on', async () => {
    const world = await World.open();
    let isAway = true;
    const store = withFate(world.store, async (_, next) => {
      if (isAway) throw unavailable();
      return next();
    });
    const relay = world.relay('r', { store, random: () => 0.99 });
    relay.start();
    await world.append('a', 3);
    await world.clock.advance(60_000);
    expect(relay.status()).toMatchObject({ state: 'running', idle: false, lastError: { code: 'STORE_UNAVAILABLE' } });
    isAway = false;
    await world.run(relay.settled());
    // The next outage begins with a short wait again.
    isAway = true;
    relay.nudge();
    await world.append('a', 3);
    await world.clock.advance(50);
    isAway = false;
    await world.run(relay.settled(), 100);
    await world.expectTopicRight();
    await world.run(relay.stop());
  });

  it.each([true, false])(
    'without an answer to an advance (applied: %s): the shard is taken again with a new token first',
    async (applied) => {
      const world = await World.open(1);
      let faults = 1;
      const calls: string[] = [];
      const store = withFate(world.store, async (operation, next) => {
        calls.push(operation);
        if (operation !== 'advance' || faults-- <= 0) return next();
        if (applied) await next();
        throw unknown(operation);
      });
      await world.append('a', 3);
      const relay = world.relay('r', { store });
      relay.start();
      await world.clock.advance(200);
      expect(calls.slice(0, 6)).toEqual(['read', 'take', 'readShards', 'advance', 'read', 'take']);
      const { cursors } = await world.store.cursors.read('relay');
      expect(cursors).toMatchObject([{ token: 2, owner: 'r', position: (await world.log(0)).at(-1)!.position }]);
      expect(world.topic.taken).toHaveLength(applied ? 3 : 6);
      expect(relay.status().takeovers).toBe(0);
      await world.expectTopicRight();
      await world.run(relay.stop());
    },
  );

  it('to advance and surely wrote nothing is asked again: nothing is published twice', async () => {
    const world = await World.open(1);
    let faults = 3;
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'advance' && faults-- > 0) throw unavailable();
      return next();
    });
    await world.append('a', 3);
    const relay = world.relay('r', { store });
    relay.start();
    await world.run(relay.settled());
    expect(world.topic.taken).toHaveLength(3);
    expect((await world.store.cursors.read('relay')).cursors).toMatchObject([
      { token: 1, position: (await world.log(0)).at(-1)!.position },
    ]);
    await world.run(relay.stop());
  });

  it('for longer than the lease: nothing is sent after it', async () => {
    const world = await World.open(1);
    let isAway = false;
    const store = withFate(world.store, async (_, next) => {
      if (isAway) throw unavailable();
      return next();
    });
    const relay = world.relay('r', { store, leaseMs: 12_000, random: () => 0.99 });
    await world.append('a', 3);
    world.topic.fate = () => {
      isAway = true;
      throw publishFailed();
    };
    const startMs = world.clock.now();
    relay.start();
    await world.clock.advance(100_000);
    expect(world.topic.asked.length).toBeGreaterThan(5);
    expect(world.topic.asked.at(-1)!.atMs - startMs).toBeLessThan(12_000);
    isAway = false;
    world.topic.fate = () => undefined;
    await world.run(relay.settled());
    await world.expectTopicRight();
    await world.run(relay.stop());
  });

  it('without an answer to a take: the shards are found in its name and taken again', async () => {
    const world = await World.open();
    let faults = 1;
    const store = withFate(world.store, async (operation, next) => {
      const answer = await next();
      if (operation === 'take' && faults-- > 0) throw unknown(operation);
      return answer;
    });
    await world.append('a', 3);
    const relay = world.relay('r', { store });
    relay.start();
    await world.run(relay.settled());
    const { cursors } = await world.store.cursors.read('relay');
    expect(cursors.map(({ token }) => token)).toEqual([2, 2, 2, 2]);
    await world.expectTopicRight();
    await world.run(relay.stop());
  });

  it('for longer than the lease makes the relay take its shards anew before it publishes', async () => {
    const world = await World.open(1);
    let isAway = false;
    const store = withFate(world.store, async (operation, next) => {
      if (isAway && operation === 'advance') throw unavailable();
      return next();
    });
    const relay = world.relay('r', { store });
    relay.start();
    await world.run(relay.settled());
    isAway = true;
    await world.append('a', 3);
    await world.clock.advance(15_000);
    isAway = false;
    await world.clock.advance(6_000);
    const { cursors } = await world.store.cursors.read('relay');
    expect(cursors[0]!.token).toBeGreaterThan(1);
    await world.run(relay.settled());
    await world.expectTopicRight();
    await world.run(relay.stop());
  });
});

/** Faults until told to stop, by one seed. */
class Storm {
  isOver = false;

  constructor(
    private readonly random: Random,
    private readonly world: World,
  ) {
    world.topic.fate = async ({ messages }, take) => {
      if (this.isOver) return;
      const dice = random();
      if (dice < 0.3) await world.clock.sleep(Math.floor(random() * 2_000) + 1);
      if (dice < 0.15) throw publishFailed('before');
      if (dice > 0.7) take(dice > 0.85 ? messages.length : Math.floor(random() * messages.length));
      if (dice > 0.7) throw publishFailed('after');
    };
  }

  readonly fate: StoreFate = async (operation, next) => {
    if (this.isOver) return next();
    const dice = this.random();
    if (dice < 0.1) await this.world.clock.sleep(Math.floor(this.random() * 1_500) + 1);
    if (dice < 0.2) throw unavailable();
    const isWrite = operation !== 'read' && operation !== 'readShards';
    if (dice < 0.3 && isWrite) throw unknown(operation);
    const answer = await next();
    if (dice > 0.85 && isWrite) throw unknown(operation);
    return answer;
  };
}

describe('whatever fails, on every seed', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'every event is published, firsts in order, repeats the same to the byte (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const world = await World.open(5);
      const storm = new Storm(random, world);
      const options = { store: withFate(world.store, storm.fate), random, batchMessages: 1 + Math.floor(random() * 12), leaseMs: 3_000 };
      for (const owner of ['a', 'b', 'c']) world.relay(owner, options).start();
      for (let step = 0; step < 60; step++) {
        await world.append(`stream-${Math.floor(random() * 15)}`, 1 + Math.floor(random() * 4));
        if (random() < 0.3) world.relays[Math.floor(random() * 3)]!.nudge();
        if (random() < 0.05) void world.relays[2]!.stop({ deadlineMs: 500 }).then(() => world.relays[2]!.start());
        await world.clock.advance(Math.floor(random() * 600));
      }
      storm.isOver = true;
      await world.clock.advance(45_000);
      await world.expectTopicRight();
      const positions = await world.cursorPositions();
      for (let shard = 0; shard < 5; shard++) expect(positions.get(shard)).toBe((await world.log(shard)).at(-1)?.position);
      for (const relay of world.relays) await world.run(relay.stop());
      expect(world.clock.sleeping).toBe(0);
    },
  );
});
