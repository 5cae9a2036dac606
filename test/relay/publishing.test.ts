import { inProcess } from '../../src/in-process/index.js';
import { fromMessage } from '../../src/messaging/envelope.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { publishFailed, refused } from './support/topic.js';
import { World, withFate } from './support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await Promise.all(world.relays.map((relay) => world.run(relay.stop())));
  expect(world.clock.sleeping).toBe(0);
});

describe('a relay alone', () => {
  it('publishes what was appended before it started and after, in log order, each event with the one before it', async () => {
    for (let at = 0; at < 20; at++) await world.append(`s-${at}`, 3);
    const relay = world.relay('r');
    relay.start();
    await world.run(relay.settled());
    for (let at = 0; at < 20; at++) {
      await world.append(`s-${at}`, 2);
      relay.nudge();
    }
    await world.run(relay.settled());
    await world.expectTopicRight();
    expect(world.topic.taken).toHaveLength(100);
    expect(relay.status()).toMatchObject({ state: 'running', idle: true, published: 100, takeovers: 0 });
  });

  it('goes on where it stopped: nothing again, and the chain unbroken', async () => {
    const stream = world.streamIn(1);
    for (const owner of ['first', 'second']) {
      await world.append(stream, 5);
      const relay = world.relay(owner);
      relay.start();
      await world.run(relay.settled());
      await world.run(relay.stop());
    }
    expect(world.topic.taken).toHaveLength(10);
    await world.expectTopicRight();
  });

  it('can be started again', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.append('a');
    await world.run(relay.settled());
    await world.run(relay.stop());
    expect(relay.status()).toMatchObject({ state: 'stopped' });
    await world.append('a');
    relay.start();
    await world.run(relay.settled());
    await world.expectTopicRight();
  });

  it('looks without being told, at growing intervals up to the bound', async () => {
    const relay = world.relay('r', { poll: { minMs: 20, maxMs: 500 } });
    relay.start();
    await world.clock.advance(3_000);
    await world.append('a');
    const appendedAt = world.clock.now();
    await world.until(() => world.topic.taken.length === 1);
    expect(world.clock.now() - appendedAt).toBeLessThanOrEqual(510);
  });

  it('publishes at once when nudged for a shard it holds, and sleeps on when nudged for another', async () => {
    const relay = world.relay('r');
    relay.start();
    await world.clock.advance(3_000);
    await world.append(world.streamIn(2));
    relay.nudge([99]);
    await world.clock.advance(0);
    expect(world.topic.taken).toHaveLength(0);
    relay.nudge([2, 99]);
    await world.clock.advance(0);
    expect(world.topic.taken).toHaveLength(1);
  });

  it('carries the events through the in-process transport to a consumer', async () => {
    const environment = { clock: world.clock, random: Math.random, logger: silentLogger, rpcs: world.rpcs };
    const transport = await inProcess().open(environment);
    const seen: string[] = [];
    await transport.subscribe({
      consumer: 'c',
      maxMessages: 100,
      maxBytes: 1e6,
      onMessage: (delivery) => {
        seen.push(fromMessage(delivery).event.eventId);
        delivery.ack();
      },
    });
    const relay = world.relay('r', { transport, source: 'loans' });
    relay.start();
    const ids = await world.append('a', 5);
    await world.run(relay.settled());
    await world.until(() => seen.length === 5);
    expect(seen).toEqual(ids);
    await transport.close();
  });
});

describe('batches', () => {
  it('have no more messages than allowed; one shard never has two under way', async () => {
    await world.append(world.streamIn(0), 25);
    const relay = world.relay('r', { batchMessages: 10 });
    relay.start();
    await world.run(relay.settled());
    expect(world.topic.asked.map(({ messages }) => messages.length)).toEqual([10, 10, 5]);
    await world.expectTopicRight();
  });

  it('have no more bytes than allowed, and one message above the bound goes alone', async () => {
    const stream = world.streamIn(0);
    await world.append(stream, 4, JSON.stringify('ü'.repeat(1_000)));
    await world.append(stream, 1, JSON.stringify('x'.repeat(9_000)));
    await world.append(stream, 1);
    const relay = world.relay('r', { batchBytes: 6_000 });
    relay.start();
    await world.run(relay.settled());
    expect(world.topic.asked.map(({ messages }) => messages.length)).toEqual([2, 2, 1, 1]);
    await world.expectTopicRight();
  });

  it('wait for each other when together they exceed the bytes in flight', async () => {
    for (let shard = 0; shard < 4; shard++) await world.append(world.streamIn(shard), 1, JSON.stringify('x'.repeat(1_000)));
    let underWay = 0;
    let most = 0;
    world.topic.fate = async () => {
      most = Math.max(most, ++underWay);
      await world.clock.sleep(50);
      underWay--;
    };
    const relay = world.relay('r', { maxInFlightBytes: 3_000 });
    relay.start();
    await world.run(relay.settled());
    expect(most).toBe(2);
    await world.expectTopicRight();
  });

  it('of a busy low shard do not keep the others waiting', async () => {
    await world.append(world.streamIn(0), 500);
    await world.append(world.streamIn(3), 1);
    const relay = world.relay('r', { batchMessages: 10 });
    const startMs = world.clock.now();
    relay.start();
    await world.run(relay.settled());
    // A backlog is drained without pauses.
    expect(world.clock.now()).toBe(startMs);
    expect(world.topic.asked.findIndex(({ shard }) => shard === 3)).toBeLessThanOrEqual(1);
    await world.expectTopicRight();
  });
});

describe('a publish that is slow', () => {
  it('has its cursor advanced as soon as it ends', async () => {
    world.topic.fate = () => world.clock.sleep(1_000);
    await world.append(world.streamIn(0), 2);
    const relay = world.relay('r', { poll: { minMs: 900, maxMs: 60_000 } });
    relay.start();
    await world.clock.advance(999);
    expect((await world.cursorPositions()).get(0)).toBeUndefined();
    await world.clock.advance(1);
    expect((await world.cursorPositions()).get(0)).toBe((await world.log(0)).at(-1)!.position);
  });

  it('may end while its shard is advanced to an earlier batch: nothing is sent twice', async () => {
    world.topic.fate = () => world.clock.sleep(150);
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'advance') await world.clock.sleep(150);
      return next();
    });
    await world.append(world.streamIn(0), 2, JSON.stringify('x'.repeat(2_000)));
    const relay = world.relay('r', { store, batchBytes: 3_000 });
    relay.start();
    await world.run(relay.settled());
    await world.clock.advance(2_000);
    expect(world.topic.ids(0)).toEqual(['e1', 'e2']);
    await world.expectTopicRight();
  });
});

describe('a publish that fails', () => {
  it('is sent again, the same batch in the same order, after growing waits; other shards go on', async () => {
    const [bad, good] = [world.streamIn(1), world.streamIn(2)];
    world.topic.fate = ({ shard }) => {
      if (shard === 1 && world.clock.now() < startMs + 5_000) throw publishFailed();
    };
    const startMs = world.clock.now();
    await world.append(bad, 3);
    const relay = world.relay('r', { random: () => 0.99 });
    relay.start();
    await world.clock.advance(1_000);
    await world.append(bad, 2);
    const ids = await world.append(good, 2);
    await world.clock.advance(1_000);
    expect(world.topic.ids()).toEqual(ids);
    expect(relay.status().shards[1]).toMatchObject({ state: 'retrying', reason: expect.stringContaining('broker away') });
    expect(relay.status()).toMatchObject({ idle: false, lastError: { code: 'PUBLISH_FAILED' } });
    await world.run(relay.settled());
    const tries = world.topic.asked.filter(({ shard, messages }) => shard === 1 && messages.length === 3);
    expect(new Set(tries.map(({ messages }) => JSON.stringify(messages))).size).toBe(1);
    const waits = tries.slice(1).map(({ atMs }, at) => atMs - tries[at]!.atMs);
    expect(waits.slice(0, 4)).toEqual([99, 198, 396, 792]);
    expect(relay.status().shards[1]).not.toHaveProperty('reason');
    await world.expectTopicRight();
  });

  it('after it was taken leads to repeats with the same id and bytes', async () => {
    let failures = 3;
    world.topic.fate = (_, take) => {
      if (failures-- <= 0) return;
      take();
      throw publishFailed('reply lost');
    };
    await world.append('a', 4);
    const relay = world.relay('r');
    relay.start();
    await world.run(relay.settled());
    expect(world.topic.taken).toHaveLength(16);
    await world.expectTopicRight();
  });

  it('and one that hangs, do not hold up other shards', async () => {
    let release = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (release = resolve));
    world.topic.fate = ({ shard }) => (shard === 0 ? hanging : undefined);
    await world.append(world.streamIn(0));
    const relay = world.relay('r');
    relay.start();
    await world.clock.advance(300);
    for (let at = 0; at < 5; at++) {
      await world.append(world.streamIn(1));
      relay.nudge();
      await world.clock.advance(0);
      expect(world.topic.ids(1)).toHaveLength(at + 1);
    }
    await world.clock.advance(30_000);
    expect(relay.status().shards[0]).toMatchObject({ state: 'publishing' });
    release();
    await world.run(relay.settled());
    expect(relay.status().takeovers).toBe(0);
    await world.expectTopicRight();
  });
});

describe('a message that is refused for good', () => {
  const stop = async (fate: (ids: string[], take: (count?: number) => void) => void, count = 8): Promise<string[]> => {
    world.topic.fate = ({ shard, messages }, take) => {
      if (shard !== 1) return;
      fate(
        messages.map((message) => message.attributes['ce-id']!),
        take,
      );
    };
    await world.append(world.streamIn(1), count);
    const relay = world.relay('r');
    relay.start();
    await world.append(world.streamIn(2), 3);
    await world.run(relay.settled());
    expect(world.topic.ids(2)).toHaveLength(3);
    expect(relay.status().shards[1]).toMatchObject({ state: 'stopped', reason: expect.stringContaining('too strange') });
    expect((await world.log(1)).find(({ position }) => position === relay.status().shards[1]!.position)?.eventId).toBe('e5');
    return world.topic.ids(1);
  };

  it('stops its shard alone, after everything before it is published, when the error names it', async () => {
    const ids = await stop((batch) => {
      if (batch.includes('e6')) throw refused({ eventId: 'e6' });
    });
    expect(ids).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
    expect(world.topic.asked.filter(({ shard }) => shard === 1)).toHaveLength(2);
  });

  it('and when the transport took those before it', async () => {
    const ids = await stop((batch, take) => {
      const at = batch.indexOf('e6');
      if (at === -1) return;
      take(at);
      throw refused({ eventId: 'e6', acceptedCount: at });
    });
    expect(ids).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
    expect(world.topic.asked.filter(({ shard }) => shard === 1)).toHaveLength(1);
  });

  it.each([6, 8, 13, 100])('and when the error does not say which of %i it is: found by halves', async (count) => {
    const ids = await stop((batch, take) => {
      if (!batch.includes('e6')) return;
      take(0);
      throw refused();
    }, count);
    expect(ids).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  it('is tried again at the longest wait, and its shard goes on by itself once it is taken', async () => {
    await stop((batch) => {
      if (batch.includes('e6')) throw refused({ eventId: 'e6' });
    });
    const [relay] = world.relays;
    const before = world.topic.asked.length;
    await world.clock.advance(29_000);
    expect(world.topic.asked).toHaveLength(before);
    await world.clock.advance(3_000);
    expect(world.topic.asked).toHaveLength(before + 1);
    expect(relay!.status().shards[1]).toMatchObject({ state: 'stopped' });
    world.topic.fate = () => undefined;
    await world.clock.advance(31_000);
    expect(relay!.status().shards[1]).toMatchObject({ state: 'ready' });
    expect(relay!.status().shards[1]).not.toHaveProperty('reason');
    await world.expectTopicRight();
  });

  it('keeps its shard with this relay: the lease is renewed', async () => {
    await stop((batch) => {
      if (batch.includes('e6')) throw refused({ eventId: 'e6' });
    });
    const before = await world.store.cursors.read('relay');
    await world.clock.advance(25_000);
    const after = await world.store.cursors.read('relay');
    expect(after.cursors.map(({ token }) => token)).toEqual(before.cursors.map(({ token }) => token));
    expect(world.relays[0]!.status().takeovers).toBe(0);
  });
});
