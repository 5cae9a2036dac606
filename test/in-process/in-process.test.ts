import { inProcess, type InProcessOptions } from '../../src/in-process/index.js';
import type { AdapterEnvironment } from '../../src/event-store/store-provider.js';
import type { Delivery, SubscribeOptions, Transport, TransportMessage } from '../../src/messaging/transport.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const clock = new FakeClock();
const rpcs = new RpcCounter();
const environment: AdapterEnvironment = { clock, random: Math.random, logger: silentLogger, rpcs };

/** Ordering key and number; 100 bytes of body. */
const message = (key: string, number: number): TransportMessage => ({
  orderingKey: key,
  data: 'x'.repeat(100),
  attributes: { 'ce-id': `${key}-${number}` },
});
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const batch = (key: string, from: number, to: number): readonly TransportMessage[] => range(from, to).map((number) => message(key, number));
const names = (key: string, from: number, to: number): readonly string[] => range(from, to).map((number) => `${key}-${number}`);
const turn = (): Promise<void> => clock.advance(0);

async function listen(transport: Transport, given: Partial<SubscribeOptions> = {}) {
  const arrived: Delivery[] = [];
  const options = {
    consumer: 'view',
    maxMessages: 1_000,
    maxBytes: 1_000_000,
    onMessage: (delivery: Delivery) => void arrived.push(delivery),
  };
  const subscription = await transport.subscribe({ ...options, ...given });
  return { arrived, subscription, ids: () => arrived.map(({ attributes }) => attributes['ce-id']) };
}

const openBus = (options?: InProcessOptions): Promise<Transport> => inProcess(options).open(environment);

describe('[in-process] the transport in use', () => {
  it('connects the applications that got the same provider, and no others', async () => {
    const provider = inProcess();
    const [one, other, stranger] = [await provider.open(environment), await provider.open(environment), await openBus()];
    const [here, there] = [await listen(other), await listen(stranger)];
    await one.publish(batch('s0', 1, 3));
    await turn();
    expect(here.ids()).toEqual(names('s0', 1, 3));
    expect(there.ids()).toEqual([]);
  });

  it('counts a publish as one request of its caller', async () => {
    const transport = await openBus();
    await transport.publish(batch('s0', 1, 3), { caller: 'relay-test' });
    await transport.publish([], { caller: 'relay-test' });
    expect(rpcs.toJSON()['relay-test']).toEqual({ Publish: 1 });
  });

  it('brings a refused message again after the delay, behind the others of its key', async () => {
    const transport = await openBus({ redeliveryDelayMs: 250 });
    const { arrived, ids } = await listen(transport);
    await transport.publish(batch('s0', 1, 2));
    await turn();
    arrived[0]?.nack();
    arrived[1]?.ack();
    await clock.advance(249);
    expect(ids()).toEqual(['s0-1', 's0-2']);
    await clock.advance(1);
    await turn();
    expect(ids()).toEqual(['s0-1', 's0-2', 's0-1']);
  });

  it('does not let an answer to an earlier delivery settle a later one of the same message', async () => {
    const transport = await openBus();
    const { arrived, subscription } = await listen(transport);
    await transport.publish(batch('s0', 1, 1));
    await turn();
    arrived[0]?.nack();
    await clock.advance(100);
    arrived[0]?.ack();
    await subscription.close();
    const next = await listen(transport);
    await turn();
    expect(next.ids()).toEqual(['s0-1']);
  });

  it('gives back what is unsettled or waits for its redelivery when a subscription closes, in order', async () => {
    const transport = await openBus();
    const { arrived, subscription } = await listen(transport, { maxMessages: 4 });
    await transport.publish(batch('s0', 1, 6));
    await turn();
    arrived[0]?.ack();
    await subscription.close();
    const next = await listen(transport);
    await turn();
    expect(next.ids()).toEqual(names('s0', 2, 6));
  });

  it('keeps what arrives while nobody subscribes to a known consumer', async () => {
    const transport = await openBus();
    await (await listen(transport)).subscription.close();
    await transport.publish(batch('s0', 1, 3));
    const next = await listen(transport);
    await turn();
    expect(next.ids()).toEqual(names('s0', 1, 3));
  });

  it('forgets everything when the last application has closed', async () => {
    const provider = inProcess();
    const first = await provider.open(environment);
    await listen(first);
    await first.publish(batch('s0', 1, 3));
    await first.close();
    const next = await listen(await provider.open(environment));
    await turn();
    expect(next.ids()).toEqual([]);
  });

  it('keeps a key with one of two subscribers, and gives both some', async () => {
    const transport = await openBus();
    const [one, other] = [await listen(transport, { maxMessages: 5 }), await listen(transport, { maxMessages: 5 })];
    const keys = range(0, 15).map((shard) => `s${shard}`);
    for (const key of keys) await transport.publish(batch(key, 1, 10));
    for (let at = 0; one.arrived.length + other.arrived.length < 160; at++) {
      await turn();
      one.arrived[at]?.ack();
      other.arrived[at]?.ack();
    }
    const keysOf = ({ arrived }: typeof one): Set<string> => new Set(arrived.map(({ orderingKey }) => orderingKey));
    expect(keysOf(one).size + keysOf(other).size).toBe(16);
    expect(Math.min(keysOf(one).size, keysOf(other).size)).toBeGreaterThan(0);
  });
});

describe('[in-process] a consumer that is too slow', () => {
  const bytes = 108;

  it('holds up neither the publisher nor other consumers, and keeps no more than the bound', async () => {
    const transport = await openBus({ maxQueuedBytes: 10 * bytes });
    const slow = await listen(transport, { consumer: 'slow', maxMessages: 1 });
    const quick = await listen(transport, { consumer: 'quick', onMessage: (delivery) => (quickCount++, delivery.ack()) });
    let quickCount = 0;
    for (let at = 1; at <= 50; at++) {
      await transport.publish([message('s0', at)]);
      await turn();
    }
    expect(quickCount).toBe(50);
    expect(quick.subscription.status()).toEqual({ state: 'open' });
    expect(slow.arrived).toHaveLength(1);
    expect(slow.subscription.status().reason).toMatch(/^3\d messages beyond maxQueuedBytes were left to the log$/);
  });

  it('gets what was queued in order, then the newest message, which tells it of the gap', async () => {
    const transport = await openBus({ maxQueuedBytes: 10 * bytes });
    const { arrived, ids } = await listen(transport, { maxMessages: 1 });
    await transport.publish([message('s0', 1)]);
    await turn();
    await transport.publish(batch('s0', 2, 40));
    for (let at = 0; at < 12; at++) {
      arrived[at]?.ack();
      await turn();
    }
    const [last, ...queued] = ids().toReversed();
    expect(last).toBe('s0-40');
    expect(queued.toReversed()).toEqual(names('s0', 1, queued.length));
    expect(queued.length).toBeGreaterThan(8);
  });

  it('gets messages again once half of the bound is free', async () => {
    const transport = await openBus({ maxQueuedBytes: 10 * bytes });
    const { arrived, ids } = await listen(transport, { maxMessages: 1 });
    await transport.publish(batch('s0', 1, 20));
    for (let at = 0; at < 30; at++) {
      await turn();
      arrived[at]?.ack();
    }
    await transport.publish(batch('s0', 21, 23));
    for (let at = ids().length; at < 30; at++) {
      await turn();
      arrived[at]?.ack();
    }
    expect(ids().slice(-3)).toEqual(names('s0', 21, 23));
  });
});

describe('[in-process] messages without order', () => {
  it('go to the subscribers one by one, as they have room', async () => {
    const transport = await openBus();
    const settings = { ordered: false };
    const [one, two] = [await listen(transport, settings), await listen(transport, { ...settings, maxMessages: 2 })];
    await transport.publish(batch('s0', 1, 6));
    await turn();
    expect([one.ids(), two.ids()]).toEqual([
      ['s0-1', 's0-3', 's0-5', 's0-6'],
      ['s0-2', 's0-4'],
    ]);
    two.arrived[0]?.ack();
    await transport.publish(batch('s0', 7, 8));
    await turn();
    expect(new Set([one.ids().at(-1), two.ids().at(-1)])).toEqual(new Set(['s0-7', 's0-8']));
  });

  it('come again after delays that double, up to the longest', async () => {
    const transport = await openBus();
    const { arrived } = await listen(transport, { ordered: false, retry: { minMs: 1_000, maxMs: 3_000 } });
    await transport.publish(batch('', 1, 1));
    await turn();
    for (const [at, delayMs] of [1_000, 2_000, 3_000, 3_000].entries()) {
      arrived[at]?.nack();
      await clock.advance(delayMs - 1);
      await turn();
      expect(arrived).toHaveLength(at + 1);
      await clock.advance(1);
      await turn();
      expect(arrived.map(({ attempt }) => attempt)).toEqual(range(1, at + 2));
    }
  });

  it('go on being delivered while their dead letters have no room', async () => {
    const transport = await openBus({ maxQueuedBytes: 250, whenFull: 'refuse' });
    const settings = { ordered: false, deadLetter: { maxAttempts: 5 }, retry: { minMs: 0, maxMs: 0 } };
    const { ids } = await listen(transport, { ...settings, onMessage: (delivery) => (arrived.push(delivery), delivery.nack()) });
    const arrived: Delivery[] = [];
    await transport.publish(batch('', 1, 2));
    await transport.publish(batch('', 3, 3)).catch(() => undefined);
    for (let at = 0; at < 10; at++) await turn();
    await transport.publish(batch('', 3, 3));
    for (let at = 0; at < 40; at++) await turn();
    const tries = (id: string) => arrived.filter(({ attributes }) => attributes['ce-id'] === id).length;
    expect([tries('-1'), tries('-2')]).toEqual([5, 5]);
    expect(tries('-3')).toBeGreaterThan(5);
    const dead = await listen(transport, { ...settings, from: 'dead-letters' });
    for (let at = 0; at < 10; at++) await turn();
    for (const delivery of dead.arrived) delivery.ack();
    for (let at = 0; at < 10; at++) await turn();
    expect(dead.ids()).toEqual(['-1', '-2', '-3']);
    expect(ids()).toEqual([]);
  });
});

describe('[in-process] a topic that refuses what it cannot keep', () => {
  const whenFull = 'refuse';

  it('takes a batch wholly or, while one queue is full, not at all', async () => {
    const provider = inProcess({ maxQueuedBytes: 500, whenFull });
    await provider.ensure(environment, ['slow', { consumer: 'other', filter: { types: ['none'] } }]);
    const transport = await provider.open(environment);
    await transport.publish(batch('s0', 1, 4));
    await expect(transport.publish(batch('s0', 5, 6))).rejects.toMatchObject({
      code: 'PUBLISH_FAILED',
      retryable: true,
      details: { count: 2, reason: 'the queue of slow is full' },
    });
    const { arrived, ids } = await listen(transport, { consumer: 'slow', maxMessages: 1 });
    for (let at = 0; at < 4; at++) {
      await turn();
      arrived[at]?.ack();
    }
    await transport.publish(batch('s0', 5, 40));
    for (let at = 4; at < 40; at++) {
      await turn();
      arrived[at]?.ack();
    }
    expect(ids()).toEqual(names('s0', 1, 40));
  });

  it('keeps what declared consumers have not read when all applications close, and nothing for others', async () => {
    const provider = inProcess({ whenFull });
    expect(await provider.ensure(environment, ['billing'])).toEqual(['created the queue of billing']);
    const first = await provider.open(environment);
    await listen(first, { consumer: 'passing' });
    await first.publish(batch('s0', 1, 3));
    await first.close();
    const second = await provider.open(environment);
    const [billing, passing] = [await listen(second, { consumer: 'billing' }), await listen(second, { consumer: 'passing' })];
    await turn();
    expect([billing.ids(), passing.ids()]).toEqual([names('s0', 1, 3), []]);
  });
});

describe('[in-process] the provider', () => {
  it.each([
    [{ whenFull: 'wait' as 'drop' }, 'inProcess.whenFull'],
    [{ maxQueuedBytes: 0 }, 'inProcess.maxQueuedBytes'],
    [{ maxQueuedBytes: 1.5 }, 'inProcess.maxQueuedBytes'],
    [{ redeliveryDelayMs: -1 }, 'inProcess.redeliveryDelayMs'],
    [{ redeliveryDelayMs: 60_001 }, 'inProcess.redeliveryDelayMs'],
  ])('refuses %p', (options, path) => {
    expect(() => inProcess(options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ path }) }),
    );
  });
});
