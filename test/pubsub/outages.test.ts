import { startEmulators, type Emulator } from '../../src/testing/emulators/index.js';
import { describeWithEmulator } from '../support/emulators.js';
import { until } from '../support/until.js';
import { PubSubBench } from './support/environment.js';

/** An emulator that nobody else uses. */
async function ownEmulator(): Promise<Emulator> {
  const { pubsub } = await startEmulators({ pubsub: { reuse: false } });
  if (pubsub === undefined) throw new Error('no Pub/Sub emulator was started');
  return pubsub;
}

describeWithEmulator('pubsub', 'outages', () => {
  let emulator: Emulator;
  let bench: PubSubBench;
  beforeAll(async () => {
    emulator = await ownEmulator();
  });
  afterAll(() => emulator.stop());
  beforeEach(() => {
    bench = new PubSubBench(emulator.host);
  });
  afterEach(() => bench.close());

  it('after a restart of the service, which comes back empty, subscriptions are there and deliver again', async () => {
    const transport = await bench.open();
    const listeners = [await bench.listen(transport, 'one'), await bench.listen(transport, 'two')];
    const before = bench.message();
    await transport.publish([before]);
    for (const listener of listeners) await listener.receives(before);

    await emulator.restart();
    await until(() => listeners.every(({ state }) => state === 'open'), 'both were open again', 20_000);
    const after = bench.message();
    const arrivedAtBoth = (): boolean => listeners.every(({ ids }) => ids.includes(after.attributes['ce-id'] ?? ''));
    await until(
      async () => {
        await transport.publish([after]);
        return arrivedAtBoth();
      },
      'a message published after the restart arrived',
      20_000,
    );
  });

  it('says that it waits and why while the service is away, and publishing fails at once', async () => {
    const transport = await bench.open();
    const listener = await bench.listen(transport);
    const message = bench.message();
    await transport.publish([message]);
    await listener.receives(message);

    await emulator.stop();
    await until(() => listener.state === 'waiting', 'the subscription waited');
    expect(listener.subscription?.status().reason).toMatch(/UNAVAILABLE|unavailable|ECONN|No connection|dropped|ended/);
    const began = performance.now();
    await expect(transport.publish([bench.message()])).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
    expect(performance.now() - began).toBeLessThan(2_000);

    const late = await bench.open();
    await expect(bench.listen(late, 'late')).rejects.toMatchObject({ code: 'TRANSPORT_UNAVAILABLE', retryable: true });
    const closing = performance.now();
    await transport.close();
    expect(performance.now() - closing).toBeLessThan(5_000);
    emulator = await ownEmulator();
  });

  it('makes a deleted subscription anew and goes on', async () => {
    const transport = await bench.open();
    const listener = await bench.listen(transport);
    await bench.client.subscription(bench.subscriptionName('view')).delete();
    await until(
      async () => {
        await transport.publish([bench.message()]);
        return listener.ids.length > 0;
      },
      'a message arrived by the new subscription',
      30_000,
    );
    expect(listener.state).toBe('open');
  });

  it('makes a deleted topic and the subscriptions that it left behind anew', async () => {
    const transport = await bench.open();
    const listener = await bench.listen(transport);
    await bench.client.topic(bench.topicName).delete();
    await until(
      async () => {
        await transport.publish([bench.message()]);
        return listener.ids.length > 0;
      },
      'a message arrived by the new topic',
      30_000,
    );
  });
});
