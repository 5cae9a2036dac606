import type { SubscribeOptions } from '../../src/messaging/transport.js';
import { describeWithEmulator, emulatorHost } from '../support/emulators.js';
import { PROJECT, PubSubBench } from './support/environment.js';

describeWithEmulator('pubsub', 'ensuring topic and subscriptions', () => {
  let bench: PubSubBench;
  beforeEach(async () => {
    bench = new PubSubBench(await emulatorHost('pubsub'));
  });
  afterEach(() => bench.close());

  const settingsOf = async (consumer: string) => (await bench.client.subscription(bench.subscriptionName(consumer)).getMetadata())[0];
  const subscribeOptions = (consumer: string): SubscribeOptions => ({ consumer, maxMessages: 1, maxBytes: 1, onMessage: () => {} });

  it('creates what is missing and says so, and then has nothing to do', async () => {
    const provider = bench.provider();
    expect(await provider.ensure(bench.environment, ['view', 'other'])).toEqual([
      `created ${bench.topicName}`,
      `created ${bench.subscriptionName('view')}`,
      `created ${bench.subscriptionName('other')}`,
    ]);
    expect(await provider.ensure(bench.environment, ['view', 'other'])).toEqual([]);
    expect(await settingsOf('view')).toMatchObject({
      topic: bench.topicName,
      enableMessageOrdering: true,
      ackDeadlineSeconds: 60,
      filter: '',
    });
  });

  it('gives a filter to the service, and makes the place of dead letters before what sends them there', async () => {
    const retry = { minMs: 1_500, maxMs: 60_000 };
    const work = { consumer: 'work', filter: { types: ['b', 'a"'] }, ordered: false, deadLetter: { maxAttempts: 7 }, retry };
    const name = bench.subscriptionName('work');
    expect(await bench.provider().ensure(bench.environment, [work])).toEqual([
      `created ${bench.topicName}`,
      `created ${bench.topicName}.work.dead-letters`,
      `created ${name}.dead-letters`,
      `created ${name}`,
    ]);
    expect(await settingsOf('work')).toMatchObject({
      filter: String.raw`attributes.ce-type = "a\"" OR attributes.ce-type = "b"`,
      enableMessageOrdering: false,
      retryPolicy: { minimumBackoff: { seconds: '1', nanos: 500_000_000 }, maximumBackoff: { seconds: '60' } },
      deadLetterPolicy: { deadLetterTopic: `${bench.topicName}.work.dead-letters`, maxDeliveryAttempts: 7 },
    });
    expect(await bench.provider().ensure(bench.environment, [work])).toEqual([]);
    const shared = { ...work, retry: { minMs: 2_000, maxMs: 60_000 }, deadLetter: { maxAttempts: 7, topic: `${bench.topic}-dead` } };
    expect(await bench.provider().ensure(bench.environment, [shared])).toEqual([
      `created ${bench.topicName}-dead`,
      `created projects/${PROJECT}/subscriptions/${bench.topic}-dead`,
      `changed retry_policy of ${name} from 1500 to 60000 ms to 2000 to 60000 ms`,
      `changed dead_letter_policy of ${name} from ${bench.topicName}.work.dead-letters after 7 to ${bench.topicName}-dead after 7`,
    ]);
    const none = { consumer: 'work', filter: work.filter, ordered: false };
    expect(await bench.provider().ensure(bench.environment, [none])).toHaveLength(2);
    expect(await settingsOf('work')).toMatchObject({ retryPolicy: null, deadLetterPolicy: null });
  });

  it('misses, with ensure: check, the subscription that keeps the dead letters', async () => {
    await bench.provider().ensure(bench.environment, [{ consumer: 'work', ordered: false }]);
    const transport = await bench.open({ ensure: 'check' });
    const options = { ...subscribeOptions('work'), ordered: false, deadLetter: { maxAttempts: 5 } };
    const resource = `${bench.subscriptionName('work')}.dead-letters`;
    await expect(transport.subscribe(options)).rejects.toMatchObject({ code: 'TRANSPORT_MISSING', details: { resource } });
  });

  it('leaves each thing there once when ten processes make it at once, and none of them fails', async () => {
    const done = await Promise.all(Array.from({ length: 10 }, () => bench.provider().ensure(bench.environment, ['view'])));
    // As a set: the emulator has been seen to answer two of ten creations of one subscription with success.
    expect([...new Set(done.flat())].toSorted()).toEqual([`created ${bench.subscriptionName('view')}`, `created ${bench.topicName}`]);
  });

  it('changes an ack deadline and says from what to what', async () => {
    await bench.provider({ ackDeadlineSeconds: 20 }).ensure(bench.environment, ['view']);
    const done = await bench.provider({ ackDeadlineSeconds: 90 }).ensure(bench.environment, ['view']);
    expect(done).toEqual([`changed ack_deadline_seconds of ${bench.subscriptionName('view')} from 20 to 90`]);
    expect((await settingsOf('view')).ackDeadlineSeconds).toBe(90);
  });

  it.each([
    ['enableMessageOrdering', {}, 'false', 'true'],
    ['filter', { enableMessageOrdering: true, filter: 'attributes.x = "1"' }, 'attributes.x = "1"', 'none'],
    ['pushEndpoint', { enableMessageOrdering: true, pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' } }, 'http://127.0.0.1:1/', 'none'],
  ])('refuses a subscription with another %s, and names both values', async (setting, made, found, wanted) => {
    await bench.client.createTopic(bench.topicName);
    await bench.client.topic(bench.topicName).createSubscription(bench.subscriptionName('view'), made);
    const details = { resource: bench.subscriptionName('view'), setting, found, wanted };
    await expect(bench.provider().ensure(bench.environment, ['view'])).rejects.toMatchObject({ code: 'SUBSCRIPTION_DIFFERS', details });
    const transport = await bench.open({ ensure: 'check' });
    await expect(transport.subscribe(subscribeOptions('view'))).rejects.toMatchObject({ code: 'SUBSCRIPTION_DIFFERS', details });
  });

  it('refuses a subscription of another topic', async () => {
    const other = `${bench.topicName}-other`;
    await bench.client.createTopic(other);
    await bench.client.topic(other).createSubscription(bench.subscriptionName('view'), { enableMessageOrdering: true });
    const details = { setting: 'topic', found: other, wanted: bench.topicName };
    await expect(bench.provider().ensure(bench.environment, ['view'])).rejects.toMatchObject({ code: 'SUBSCRIPTION_DIFFERS', details });
  });

  it('replaces a subscription whose topic was deleted: nothing can arrive on it', async () => {
    await bench.provider().ensure(bench.environment, ['view']);
    await bench.client.topic(bench.topicName).delete();
    expect(await bench.provider().ensure(bench.environment, ['view'])).toEqual([
      `created ${bench.topicName}`,
      `replaced ${bench.subscriptionName('view')}, whose topic had been deleted`,
    ]);
    expect((await settingsOf('view')).topic).toBe(bench.topicName);
  });

  it('only looks with ensure: check, and names what is missing', async () => {
    const transport = await bench.open({ ensure: 'check' });
    const resource = bench.subscriptionName('view');
    await expect(transport.subscribe(subscribeOptions('view'))).rejects.toMatchObject({ code: 'TRANSPORT_MISSING', details: { resource } });
    await expect(transport.publish(bench.messages(1))).rejects.toMatchObject({
      code: 'TRANSPORT_MISSING',
      details: { resource: bench.topicName },
    });
    expect(await bench.client.subscription(resource).exists()).toEqual([false]);
  });

  it('leaves an ack deadline as it is with ensure: check', async () => {
    await bench.provider({ ackDeadlineSeconds: 20 }).ensure(bench.environment, ['view']);
    await bench.listen(await bench.open({ ensure: 'check', ackDeadlineSeconds: 90 }));
    expect((await settingsOf('view')).ackDeadlineSeconds).toBe(20);
  });

  it('sends no request of its own with ensure: off', async () => {
    await bench.provider().ensure(bench.environment, ['view']);
    const before = bench.rpcs.count('ensure');
    const transport = await bench.open({ ensure: 'off' });
    const listener = await bench.listen(transport);
    const message = bench.message();
    await transport.publish([message]);
    await listener.receives(message);
    expect(bench.rpcs.count('ensure')).toBe(before);
  });

  it('uses the subscription that the option names', async () => {
    const provider = bench.provider({ subscription: (consumer) => `mine-${bench.topic}-${consumer}` });
    const done = await provider.ensure(bench.environment, ['view']);
    expect(done).toContain(`created projects/${PROJECT}/subscriptions/mine-${bench.topic}-view`);
  });
});
