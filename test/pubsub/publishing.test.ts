import { inspect } from 'node:util';
import type { Transport } from '../../src/messaging/transport.js';
import { PubSubBench } from './support/environment.js';
import { FakePublisher } from './support/fake-publisher.js';

describe('publishing to Pub/Sub', () => {
  const service = new FakePublisher();
  let bench: PubSubBench;
  let transport: Transport;

  beforeAll(() => service.start());
  afterAll(() => service.stop());
  beforeEach(async () => {
    service.requests.length = 0;
    service.answer = () => 'ok';
    bench = new PubSubBench(service.host);
    transport = await bench.open({ ensure: 'off' });
  });
  afterEach(() => bench.close());

  const idsOf = (messages: readonly { readonly attributes: Readonly<Record<string, string>> }[]) =>
    messages.map(({ attributes }) => attributes['ce-id'] ?? '');

  it('is one request a call, with one ordering key, also when many calls come at once', async () => {
    const batches = Array.from({ length: 20 }, (_, shard) => bench.messages(3, `s${shard}`));
    await Promise.all(batches.map((batch) => transport.publish(batch, { caller: 'relay' })));
    expect(service.requests).toHaveLength(20);
    for (const { orderingKeys } of service.requests) expect(orderingKeys.size).toBe(1);
    expect(service.requests.map(({ ids }) => ids)).toEqual(expect.arrayContaining(batches.map(idsOf)));
    expect(bench.rpcs.count('relay', 'Publish')).toBe(20);
  });

  it.each(['UNAVAILABLE', 'INTERNAL', 'RESOURCE_EXHAUSTED', 'ABORTED', 'PERMISSION_DENIED'] as const)(
    'leaves the repeat to the caller when the service says %s',
    async (answer) => {
      service.answer = () => answer;
      await expect(transport.publish(bench.messages(2, 's7'))).rejects.toMatchObject({
        code: 'PUBLISH_FAILED',
        retryable: true,
        details: { count: 2, shard: '7', reason: expect.stringContaining(`the service says ${answer}`) },
      });
      expect(service.requests).toHaveLength(1);
    },
  );

  it('gives up a request without an answer after publishTimeoutMs, or at the deadline of the call', async () => {
    service.answer = () => 'hang';
    const impatient = await bench.open({ ensure: 'off', publishTimeoutMs: 300 });
    for (const [options, leastMs] of [
      [{}, 290],
      [{ deadlineMs: 100 }, 90],
    ] as const) {
      const began = performance.now();
      await expect(impatient.publish(bench.messages(1), options)).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
      const tookMs = performance.now() - began;
      expect(tookMs).toBeGreaterThan(leastMs);
      expect(tookMs).toBeLessThan(leastMs + 1_500);
    }
    expect(service.requests).toHaveLength(2);
  });

  it('stops waiting when its signal is aborted', async () => {
    service.answer = () => 'hang';
    const stop = new AbortController();
    const publishing = transport.publish(bench.messages(1), { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(publishing).rejects.toThrow('stopped');
  });

  it.each([0, 1, 37, 99])('finds the message that the service refuses at index %i, after publishing those before it', async (badAt) => {
    const messages = bench.messages(100);
    const bad = idsOf(messages)[badAt] ?? '';
    service.answer = ({ ids }) => (ids.includes(bad) ? 'INVALID_ARGUMENT' : 'ok');
    const error: unknown = await transport.publish(messages).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'MESSAGE_REFUSED', details: { eventId: bad, acceptedCount: badAt } });
    expect(inspect(error)).toContain('the service says INVALID_ARGUMENT');
    const taken = service.requests.filter(({ ids }) => !ids.includes(bad)).flatMap(({ ids }) => ids);
    expect(taken).toEqual(idsOf(messages).slice(0, badAt));
    expect(service.requests.length).toBeLessThanOrEqual(15);
  });

  it('publishes the whole batch when the service refuses it as a whole and takes its parts', async () => {
    const messages = bench.messages(10);
    service.answer = ({ ids }) => (ids.length > 5 ? 'INVALID_ARGUMENT' : 'ok');
    await transport.publish(messages);
    expect(service.requests.slice(1).flatMap(({ ids }) => ids)).toEqual(idsOf(messages));
  });

  it('says that the topic is missing when it may not create it', async () => {
    service.answer = () => 'NOT_FOUND';
    await expect(transport.publish(bench.messages(1))).rejects.toMatchObject({
      code: 'TRANSPORT_MISSING',
      details: { resource: bench.topicName },
    });
  });
});
