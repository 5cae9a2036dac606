import fc from 'fast-check';
import { EventspanError } from '../../src/errors/eventspan-error.js';
import { PUBLISH_LIMITS } from '../../src/messaging/publish-limits.js';
import { publication, publish } from '../../src/publications/publication.js';
import {
  OrderNoted,
  OrderPaid,
  OrderPlaced,
  ordersPublic,
  placed,
  PublicOrderPaid,
  PublicOrderPlaced,
  PublicOrderPlacedNext,
} from './support/orders.js';
import { World } from './support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const order = (cents = 1_250): OrderPlaced => new OrderPlaced('ann', cents, 'do not tell');
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
const brief = { attempts: 2, initialMs: 10, maxMs: 10 };

describe('a publication', () => {
  it('tells what its mapping makes of an event, and nothing else of it', async () => {
    await world.started(ordersPublic);
    const [id = ''] = await world.append('order-1', order(), new OrderNoted('inner'));
    await world.settled(id);
    expect(world.messages).toEqual([
      {
        id,
        source: 'shop',
        type: 'shop.order-placed',
        subject: 'order-1',
        streamVersion: 1,
        schemaVersion: 3,
        time: expect.any(Date),
        data: '{"order":"order-1","total":12.5}',
        metadata: { correlationId: 'c-1', causationId: 'cmd-1' },
        format: 'eventspan',
      },
    ]);
    const text = JSON.stringify(world.received[0]);
    for (const secret of ['do not tell', 'ann', 'position', '"shard"', 'order.placed']) expect(text).not.toContain(secret);
  });

  it('passes over events that map to nothing, and goes on behind them', async () => {
    const engine = await world.started(ordersPublic);
    const [, , paid = ''] = await world.append('order-1', new OrderNoted('x'), new OrderPaid(0), new OrderPaid(5));
    await world.settled(paid);
    expect(world.ids).toEqual([paid]);
    expect(engine.status()).toMatchObject({ publication: 'orders-public', topic: 'orders', messages: 1, counts: { events: 3 } });
  });

  it('tells several things of one event, in order, with ids derived from the event, also two versions of one name', async () => {
    const both = publication({
      name: 'both',
      topic: 'orders',
      events: [
        publish(OrderPlaced, ({ cents }, { streamId }) => [
          new PublicOrderPlaced(streamId, cents / 100),
          new PublicOrderPlacedNext(streamId, cents),
        ]),
      ],
    });
    await world.started(both);
    const [id = ''] = await world.append('order-1', order());
    await world.settled(`${id}/2`);
    expect(world.messages.map((message) => [message.id, message.type, message.schemaVersion])).toEqual([
      [`${id}/1`, 'shop.order-placed', 3],
      [`${id}/2`, 'shop.order-placed', 4],
    ]);
  });

  it('waits for a mapping that is a promise', async () => {
    const slow = publication({
      name: 'slow',
      topic: 'orders',
      events: [publish(OrderPlaced, async (event, context) => (await world.clock.sleep(50), placed(event, context)))],
    });
    await world.started(slow);
    const [id = ''] = await world.append('order-1', order());
    await world.settled(id);
  });

  it('keeps the order of each stream, whatever the number of streams and shards, with the key of the shard', async () => {
    await world.started(ordersPublic, { batchSize: 7 });
    const ids = new Map<string, readonly string[]>();
    for (const at of range(20)) ids.set(`order-${at}`, await world.append(`order-${at}`, ...range(10).map(() => order(at + 1))));
    await world.settled(...[...ids.values()].flat());
    for (const [streamId, expected] of ids) {
      const ofStream = world.messages.filter(({ subject }) => subject === streamId);
      expect(ofStream.map(({ id }) => id)).toEqual(expected);
    }
    expect(new Set(world.received.map(({ orderingKey }) => orderingKey))).toEqual(new Set(['s0', 's1', 's2', 's3']));
    expect(world.ids).toHaveLength(200);
  });

  it('costs one commit a batch, besides its publishes', async () => {
    const ids = await world.append('order-1', ...range(100).map(() => order()));
    await world.started(ordersPublic);
    await world.settled(...ids);
    expect(world.rpcs.toJSON()['publication']).toMatchObject({ Publish: 1 });
    expect(world.engines[0]?.status().counts.batches).toBe(1);
  });

  it('publishes no more at once than a transport takes', async () => {
    const many = publication({
      name: 'many',
      topic: 'orders',
      events: [publish(OrderPlaced, (event, { streamId }) => range(2_500).map((at) => new PublicOrderPlaced(streamId, event.cents + at)))],
    });
    const sizes: number[] = [];
    world.fate = { before: (messages) => void sizes.push(messages.length) };
    await world.started(many);
    const [id] = await world.append('order-1', order());
    await world.settled(`${id}/2500`);
    expect(sizes).toEqual([PUBLISH_LIMITS.maxMessages, PUBLISH_LIMITS.maxMessages, 500]);
  });

  it('has one publish of a key under way at a time, also with another publication for the same topic', async () => {
    const paid = publication({
      name: 'paid',
      topic: 'orders',
      events: [publish(OrderPaid, (_, { streamId }) => new PublicOrderPaid(streamId))],
    });
    const placedOnly = publication({ name: 'placed', topic: 'orders', events: [publish(OrderPlaced, placed)] });
    const underWay = new Map<string, number>();
    const most = new Map<string, number>();
    world.fate = {
      before: async ([first]) => {
        const key = first?.orderingKey ?? '';
        underWay.set(key, (underWay.get(key) ?? 0) + 1);
        most.set(key, Math.max(most.get(key) ?? 0, underWay.get(key) ?? 0));
        await world.clock.sleep(30);
        underWay.set(key, (underWay.get(key) ?? 0) - 1);
      },
    };
    await world.started(paid, { batchSize: 1 });
    await world.started(placedOnly, { batchSize: 1 });
    const ids = await world.append('order-1', ...range(5).flatMap(() => [order(), new OrderPaid(1)]));
    await world.settled(...ids);
    expect(Math.max(...most.values())).toBe(1);
  });
});

describe('when a topic does not take messages', () => {
  const unavailable = new EventspanError('PUBLISH_FAILED', { count: 1, shard: '0', reason: 'the service is away' });

  it.each([
    ['it is away', unavailable],
    ['it is missing', new EventspanError('TRANSPORT_MISSING', { resource: 'topics/orders' })],
    ['its transport fails in a way of its own', new TypeError('socket hang up')],
  ])('because %s, events wait, in order, and nothing is parked', async (_, error) => {
    let isAway = true;
    world.fate = {
      before: () => {
        if (isAway) throw error;
      },
    };
    const engine = await world.started(ordersPublic);
    const ids = await world.append('order-1', ...range(3).map(() => order()));
    await world.clock.advance(120_000);
    expect(world.ids).toEqual([]);
    expect(await world.parkedIds()).toEqual([]);
    expect(engine.status().topicFault?.message).toContain(error.message.slice(0, 20));
    expect(engine.vitals()[0]?.unreachable).toContain('topic orders');
    isAway = false;
    await world.settled(...ids);
    expect(world.ids).toEqual(ids);
    expect(engine.status().topicFault).toBeUndefined();
    expect(engine.vitals()[0]?.unreachable).toBeUndefined();
  });

  it('and refuses one for good, its stream is parked, the others flow on, and a re-drive tells the rest', async () => {
    let isStrict = true;
    world.fate = {
      before: (messages) => {
        const bad = messages.findIndex(({ data }) => isStrict && data.includes('"total":-1'));
        if (bad >= 0) {
          const details = { eventId: messages[bad]?.attributes['ce-id'], acceptedCount: 0, shard: '0', reason: 'its schema' };
          throw new EventspanError('MESSAGE_REFUSED', details);
        }
      },
    };
    const engine = await world.started(ordersPublic);
    const bad = await world.append('order-1', order(), order(-100), order());
    const good = await Promise.all(range(8).map((at) => world.append(`order-${at + 2}`, order())));
    await world.settled(...good.flat(), bad[0] ?? '');
    await world.until(async () => (await world.parkedIds()).length > 0, 'the stream was parked');
    expect(await world.parkedIds()).toEqual([
      expect.stringMatching(/^publish\.orders-public order-1\/2 The transport refused the message/),
    ]);
    expect(world.ids).not.toContain(bad[2]);

    isStrict = false;
    await world.parked.redrive({ consumer: 'publish.orders-public', streamId: 'order-1' });
    await world.settled(...bad);
    await world.until(async () => (await world.parkedIds()).length === 0, 'the stream was unparked');
    const ofStream = world.messages.filter(({ subject }) => subject === 'order-1').map(({ id }) => id);
    expect([...new Set(ofStream)]).toEqual(bad);
    expect(engine.status().counts).toMatchObject({ parked: 1, redriven: 2 });
  });
});

describe('a mapping that fails', () => {
  const failing = (map: () => unknown, given: object = {}) =>
    publication({ name: 'p', topic: 'orders', retry: brief, events: [publish(OrderPlaced, map as () => PublicOrderPlaced)], ...given });

  it.each<[string, () => unknown, RegExp]>([
    ['throws', () => raise('cannot map'), /cannot map/],
    ['rejects', () => Promise.reject(new Error('cannot map either')), /cannot map either/],
    ['gives null', () => null, /A mapping of the publication p gave null\./],
    ['gives text', () => 'placed', /gave string/],
    ['gives a list with a hole', () => [undefined], /gave undefined/],
    ['gives a plain object', () => ({ order: 'x' }), /Object/],
    ['gives an object without a class', () => Object.create(null) as object, /without a class/],
    ['gives what JSON cannot carry', () => new PublicOrderPlaced('x', Number.NaN), /shop\.order-placed/],
    ['never ends', () => new Promise(() => undefined), /was not done after 200 ms/],
  ])('because it %s parks the stream by its policy, and publishes nothing of it', async (_, map, reason) => {
    await world.started(failing(map, { timeoutMs: 200 }));
    await world.append('order-1', order());
    await world.until(async () => (await world.parkedIds()).length > 0, 'the stream was parked');
    expect((await world.parkedIds())[0]).toMatch(reason);
    expect(world.received).toEqual([]);
  });

  it('can stop its shard, or be passed over', async () => {
    const stopping = failing(() => raise('no'), { name: 'stopping', onError: 'stop' });
    const skipping = failing(() => raise('no'), { name: 'skipping', onError: 'skip' });
    const [one, other] = [await world.started(stopping), await world.started(skipping)];
    await world.append('order-1', order());
    await world.until(() => one.status().shards.some(({ state }) => state === 'stopped'), 'a shard stopped');
    await world.until(() => other.status().counts.skipped === 1, 'the event was skipped');
    expect(await world.parkedIds()).toEqual([]);
  });

  it('may publish only the classes that are listed, where any are', async () => {
    await world.started(failing(() => new PublicOrderPaid('x'), { emits: [PublicOrderPlaced] }));
    await world.append('order-1', order());
    await world.until(async () => (await world.parkedIds()).length > 0, 'the stream was parked');
    expect((await world.parkedIds())[0]).toMatch(/gave PublicOrderPaid, which is not in its emits/);
  });

  it('does not hold up the events before it', async () => {
    const picky = failing(() => undefined, {
      events: [publish(OrderPlaced, (event, context) => (event.cents < 0 ? raise('negative') : placed(event, context)))],
    });
    await world.started(picky);
    const ids = await world.append('order-1', order(), order(), order(-1));
    await world.settled(...ids.slice(0, 2));
    await world.until(async () => (await world.parkedIds()).length > 0, 'the stream was parked');
    expect(world.ids).toEqual(ids.slice(0, 2));
  });

  function raise(reason: string): never {
    throw new Error(reason);
  }
});

describe('at least once, in order', () => {
  it('whatever fails and whoever takes over: first occurrences are in order, and repeats have the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('ok', 'lost before', 'lost after', 'refused commit', 'killed'), { minLength: 5, maxLength: 25 }),
        async (fates) => {
          const one = await World.open({ shards: 2 });
          const left = [...fates];
          const next = (): string => left.shift() ?? 'ok';
          let after = 'ok';
          one.fate = {
            before: () => {
              after = next();
              if (after === 'lost before') throw new EventspanError('PUBLISH_FAILED', { count: 1, shard: '0', reason: 'before' });
            },
            after: async () => {
              if (after === 'lost after') throw new EventspanError('PUBLISH_FAILED', { count: 1, shard: '0', reason: 'after' });
              // What was published is not told to the cursor: the instance ends in between, and another takes over.
              if (after === 'killed') await takeOver(one);
            },
          };
          await one.started(ordersPublic, { batchSize: 3, leaseMs: 1_000 });
          const expected: (readonly string[])[] = [];
          for (const at of range(12)) expected.push(await one.append(`order-${at % 4}`, order(at + 1), order(at + 2)));
          await one.settled(...expected.flat());
          for (const at of range(4)) {
            const ofStream = one.messages.filter(({ subject }) => subject === `order-${at}`);
            const firsts = [...new Map(ofStream.map((message) => [message.id, message])).keys()];
            expect(firsts).toEqual(expected.filter((_, write) => write % 4 === at).flat());
          }
          const bytes = new Map<string, string>();
          for (const { attributes, data, orderingKey } of one.received) {
            const text = JSON.stringify([attributes, data, orderingKey]);
            expect(bytes.get(attributes['ce-id'] ?? '') ?? text).toBe(text);
            bytes.set(attributes['ce-id'] ?? '', text);
          }
          await one.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  async function takeOver(one: World): Promise<void> {
    const [dying] = one.engines.splice(0, 1);
    if (dying === undefined) return;
    void dying.stop({ deadlineMs: 0 });
    void one.started(ordersPublic, { batchSize: 3, leaseMs: 1_000, owner: `next-${one.received.length}` });
    await Promise.resolve();
  }
});
