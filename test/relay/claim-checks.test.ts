import { MAX_TEXT_LENGTH } from '../../src/event-store/append-checks.js';
import { fromMessage } from '../../src/messaging/envelope.js';
import { World, withFate } from './support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await Promise.all(world.relays.map((relay) => world.run(relay.stop())));
  expect(world.clock.sleeping).toBe(0);
});

/** A JSON text of so many bytes. */
const payload = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));

describe('a relay that meets large payloads', () => {
  it('sends 262,144 bytes as they are, and a claim check for one more', async () => {
    await world.append('loan-1', 1, payload(262_144));
    await world.append('loan-1', 1, payload(262_145));
    await world.append('loan-1', 1, JSON.stringify('你'.repeat(90_000)));
    const relay = world.relay('r');
    relay.start();
    await world.run(relay.settled());
    await world.expectTopicRight();
    const [whole, byOne, byBytes] = world.topic.taken;
    expect(whole?.data).toHaveLength(262_144);
    expect(whole?.attributes['ce-dataref']).toBeUndefined();
    expect(byOne).toMatchObject({ data: '', attributes: { 'ce-dataref': '/streams/loan-1/events/2' } });
    expect(byBytes).toMatchObject({ data: '', attributes: { 'ce-dataref': '/streams/loan-1/events/3' } });
  });

  it('does so from the size that it was given', async () => {
    await world.append('loan-1', 1, payload(10));
    await world.append('loan-1', 1, payload(11));
    const relay = world.relay('r', { claimCheckBytes: 10 });
    relay.start();
    await world.run(relay.settled());
    expect(world.topic.taken.map((message) => fromMessage(message).dataRef)).toEqual([undefined, '/streams/loan-1/events/2']);
  });

  it.each([0, 9_000_001, 1.5])('refuses the size %p', (claimCheckBytes) => {
    expect(() => world.relay('r', { claimCheckBytes })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  it('is not held up by the largest payload that a store takes, whichever way it is sent', async () => {
    const largest = JSON.stringify('你'.repeat(MAX_TEXT_LENGTH - 2));
    await world.append('loan-1', 1, largest);
    await world.append('loan-1', 1, '{}');
    const whole = world.relay('whole', { claimCheckBytes: 9_000_000 });
    whole.start();
    await world.run(whole.settled());
    await world.run(whole.stop());
    await world.append('loan-1', 1, largest);
    await world.append('loan-1', 1, '{}');
    const claims = world.relay('claims');
    claims.start();
    await world.run(claims.settled());
    expect(world.topic.taken.map(({ data }) => data.length)).toEqual([MAX_TEXT_LENGTH, 2, 0, 2]);
    expect(claims.status().shards.every(({ state }) => state === 'ready')).toBe(true);
    await world.expectTopicRight();
  });

  it('reads fewer events at a time when their payloads are large, though the messages are small', async () => {
    const limits: number[] = [];
    const store = Object.create(withFate(world.store, (_, next) => next())) as typeof world.store;
    store.readShards = (ranges, options) => {
      limits.push(options.limit);
      return world.store.readShards(ranges, options);
    };
    const relay = world.relay('r', { store, maxInFlightBytes: 1_000_000 });
    relay.start();
    await world.append('loan-1', 4, payload(300_000));
    await world.run(relay.settled());
    await world.append('loan-1', 4, payload(300_000));
    await world.run(relay.settled());
    expect(limits[0]).toBe(1_000);
    expect(limits.at(-1)).toBe(3);
  });
});
