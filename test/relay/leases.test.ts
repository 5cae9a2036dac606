import type { Relay } from '../../src/relay/relay.js';
import { World, suspended, withFate, type StoreFate } from './support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open(16);
});

const held = (relay: Relay): number[] =>
  relay
    .status()
    .shards.filter(({ state }) => state !== 'elsewhere')
    .map(({ shard }) => shard);
const appendEverywhere = async (count = 1): Promise<void> => {
  for (let shard = 0; shard < world.shards; shard++) await world.append(world.streamIn(shard), count);
};

/** A relay of which everything that leaves the process can be held up, and let go later. */
function mortal(owner: string): { relay: Relay; die: () => void; rise: () => void } {
  let rise = (): void => undefined;
  let gate: Promise<void> | undefined;
  const fate: StoreFate = async (_, next) => {
    await gate;
    const answer = await next();
    await gate;
    return answer;
  };
  const port = world.topic.port(owner);
  const transport = Object.create(port, {
    publish: {
      value: async (...args: Parameters<typeof port.publish>) => {
        await gate;
        await port.publish(...args);
        await gate;
      },
    },
  }) as typeof port;
  const relay = world.relay(owner, { store: withFate(world.store, fate), transport });
  return {
    relay,
    die: () => {
      gate = new Promise((resolve) => (rise = resolve));
    },
    rise: () => {
      gate = undefined;
      rise();
    },
  };
}

describe('several relays on one store', () => {
  it('share the shards evenly, also those that come later; once they do, none takes again and each event is published once', async () => {
    const relays = ['a', 'b', 'c'].map((owner) => world.relay(owner));
    for (const relay of relays) {
      relay.start();
      await world.clock.advance(4_000);
      await appendEverywhere(2);
    }
    await world.clock.advance(4_000);
    expect(relays.map((relay) => held(relay).length).sort((x, y) => x - y)).toEqual([5, 5, 6]);
    expect(relays.flatMap(held).sort((x, y) => x - y)).toEqual(Array.from({ length: 16 }, (_, shard) => shard));
    const before = world.topic.taken.length;
    await appendEverywhere(2);
    await world.clock.advance(2_000);
    await world.expectTopicRight();
    expect(world.topic.taken).toHaveLength(before + 32);
    expect(new Set(world.topic.asked.slice(-16).map(({ relay }) => relay)).size).toBe(3);
    const takeovers = relays.map((relay) => relay.status().takeovers);
    await world.clock.advance(60_000);
    expect(relays.map((relay) => relay.status().takeovers)).toEqual(takeovers);
    for (const relay of relays) await world.run(relay.stop());
  });

  it('that start at the same time and want the same shards agree at once', async () => {
    const relays = ['a', 'b', 'c'].map((owner) => world.relay(owner));
    for (const relay of relays) relay.start();
    await world.clock.advance(500);
    expect(relays.map((relay) => held(relay).length).sort((x, y) => x - y)).not.toContain(0);
    await world.clock.advance(3_500);
    expect(relays.map((relay) => held(relay).length).sort((x, y) => x - y)).toEqual([5, 5, 6]);
    for (const relay of relays) await world.run(relay.stop());
  });

  it('take the shards over at once from one that stops', async () => {
    const [a, b] = [world.relay('a'), world.relay('b')];
    a.start();
    b.start();
    await world.clock.advance(8_000);
    await world.run(a.stop());
    expect(held(a)).toEqual([]);
    const stoppedAt = world.clock.now();
    await world.until(() => held(b).length === 16);
    expect(world.clock.now() - stoppedAt).toBeLessThanOrEqual(3_500);
    await world.run(b.stop());
  });

  it.each([2, 3])('of %i, one that dies is replaced by the others within the lease and a third', async (count) => {
    const dying = mortal('dying');
    const others = Array.from({ length: count - 1 }, (_, at) => world.relay(`other-${at}`));
    for (const relay of [dying.relay, ...others]) relay.start();
    await world.clock.advance(10_000);
    await appendEverywhere(2);
    await world.clock.advance(5);
    dying.die();
    const diedAt = world.clock.now();
    await appendEverywhere(3);
    await world.until(() => others.reduce((sum, relay) => sum + held(relay).length, 0) === 16, 20_000);
    expect(world.clock.now() - diedAt).toBeLessThanOrEqual(13_400);
    await world.run(Promise.all(others.map((relay) => relay.settled())));
    await world.expectTopicRight();
    expect(others.reduce((sum, relay) => sum + relay.status().takeovers, 0)).toBeGreaterThanOrEqual(16 / count - 1);
    for (const relay of others) await world.run(relay.stop());
    dying.rise();
    await world.run(dying.relay.stop());
  });

  it('a dead one that comes back repeats known ids only, loses its cursors, and takes its share again', async () => {
    const zombie = mortal('zombie');
    zombie.relay.start();
    await world.clock.advance(1_000);
    await appendEverywhere(5);
    world.topic.fate = ({ relay }) => {
      if (relay === 'zombie') zombie.die();
    };
    await world.until(() => world.topic.asked.length > 0);
    const heir = world.relay('heir');
    heir.start();
    await world.until(() => held(heir).length === 16, 20_000);
    await appendEverywhere(5);
    await world.run(heir.settled());
    const known = new Set(world.topic.ids());
    const before = world.topic.taken.length;
    world.topic.fate = () => undefined;
    zombie.rise();
    await world.clock.advance(20);
    const late = world.topic.taken.slice(before).map((message) => message.attributes['ce-id']!);
    expect(late.every((id) => known.has(id))).toBe(true);
    await world.clock.advance(10_000);
    expect([held(zombie.relay).length, held(heir).length]).toEqual([8, 8]);
    await appendEverywhere(5);
    await world.clock.advance(3_000);
    await world.expectTopicRight();
    for (const relay of [zombie.relay, heir]) await world.run(relay.stop());
  });
});

describe('a cursor', () => {
  it('that was taken away is dropped, and the advances of the other shards are made', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.run(relay.settled());
    let stolen = false;
    world.topic.fate = async () => {
      if (stolen) return;
      stolen = true;
      const { cursors } = await world.store.cursors.read('relay');
      await world.store.cursors.take('relay', 'thief', [{ shard: 3, token: cursors[3]!.token }]);
    };
    await appendEverywhere(2);
    await world.until(() => !held(relay).includes(3), 3_000);
    await world.run(relay.settled());
    const positions = await world.cursorPositions();
    expect(positions.get(3)).toBeUndefined();
    for (let shard = 0; shard < 16; shard++) {
      if (shard !== 3) expect(positions.get(shard)).toBe((await world.log(shard)).at(-1)!.position);
    }
    expect(relay.status().lastError).toMatchObject({ code: 'CURSOR_LOST' });
    await world.run(relay.stop());
  });

  it('that was set back is taken again, and what follows is published again with the same chain', async () => {
    const relay = world.relay('r');
    await world.append(world.streamIn(3), 4);
    relay.start();
    await world.run(relay.settled());
    const log = await world.log(3);
    await world.store.cursors.reset('relay', new Map([[3, log[1]!.position]]));
    await world.clock.advance(5_000);
    expect(world.topic.ids(3)).toEqual(['e1', 'e2', 'e3', 'e4', 'e3', 'e4']);
    await world.expectTopicRight();
    await world.run(relay.stop());
  });
});

describe('stopping', () => {
  it('awaits the publish under way, advances, releases, and leaves no timer', async () => {
    let finish = (): void => undefined;
    world.topic.fate = () => new Promise<void>((resolve) => (finish = resolve));
    const relay = world.relay('r');
    await world.append(world.streamIn(2), 3);
    relay.start();
    await world.clock.advance(1_000);
    let isStopped = false;
    const stopped = relay.stop().then(() => (isStopped = true));
    await world.clock.advance(1_000);
    expect([isStopped, relay.status().state]).toEqual([false, 'stopping']);
    finish();
    await world.clock.advance(0);
    await stopped;
    expect((await world.cursorPositions()).get(2)).toBe((await world.log(2)).at(-1)!.position);
    const { cursors } = await world.store.cursors.read('relay');
    expect(cursors.map(({ owner }) => owner)).toEqual(Array.from({ length: 16 }, () => ''));
    expect(world.clock.sleeping).toBe(0);
  });

  it.each(['deadline', 'signal'])('gives up a publish that hangs: by %s; its events are published again by the next', async (how) => {
    let finish = (): void => undefined;
    world.topic.fate = () => new Promise<void>((resolve) => (finish = resolve));
    const relay = world.relay('r');
    await world.append(world.streamIn(2), 3);
    relay.start();
    await world.clock.advance(1_000);
    const abort = new AbortController();
    const stopped = relay.stop(how === 'signal' ? { signal: abort.signal } : { deadlineMs: 500 });
    if (how === 'signal') abort.abort();
    else await world.clock.advance(500);
    await world.clock.advance(0);
    await stopped;
    expect(world.clock.sleeping).toBe(0);
    finish();
    world.topic.fate = () => undefined;
    const next = world.relay('next');
    next.start();
    await world.run(next.settled());
    expect(held(next)).toHaveLength(16);
    await world.expectTopicRight();
    await world.run(next.stop());
  });

  it('ends within its bound when the store never answers, and settled() does not outlive it', async () => {
    let isDead = false;
    const relay = world.relay('r', { store: withFate(world.store, (_, next) => (isDead ? suspended() : next())) });
    relay.start();
    await world.clock.advance(1_000);
    isDead = true;
    const settled = relay.settled();
    await world.clock.advance(5_000);
    const startMs = world.clock.now();
    await world.run(relay.stop({ deadlineMs: 1_000 }));
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(5_100);
    await settled;
    expect(world.clock.sleeping).toBe(0);
    await relay.stop();
  });

  it('while a batch waits for its next try gives that up', async () => {
    world.topic.fate = () => {
      throw new Error('the network is down');
    };
    await world.append('a');
    const relay = world.relay('r');
    relay.start();
    await world.clock.advance(20_000);
    expect(relay.status().lastError).toMatchObject({ message: 'the network is down' });
    const startMs = world.clock.now();
    await world.run(relay.stop());
    expect(world.clock.now()).toBe(startMs);
    expect(world.clock.sleeping).toBe(0);
  });

  it('happens at the end of an await using block', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.clock.advance(100);
    await relay[Symbol.asyncDispose]();
    expect(relay.status().state).toBe('stopped');
  });
});
