import { Event, avroSchemaOf } from 'eventspan';
import { avroFormat } from 'eventspan/avro';
import { ensureTopicSchema } from 'eventspan/pubsub';
import { Type as AvroType } from 'avsc';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { PROJECT, PubSubBench } from './support/environment.js';

@Event('order.placed', { fields: { id: 'string', cents: 'integer', note: 'string?' } })
class OrderPlaced {
  constructor(
    readonly id: string,
    readonly cents: number,
    readonly note?: string,
  ) {}
}

@Event('order.placed', { fields: { id: 'string', cents: 'integer' } })
class OrderPlacedBefore {
  constructor(
    readonly id: string,
    readonly cents: number,
  ) {}
}

const format = {
  name: 'body',
  matches: () => true,
  decode: ({ data }: { readonly data: string }) => JSON.parse(data) as never,
};

describeWithEmulator('pubsub', 'schemas of topics', () => {
  let bench: PubSubBench;
  let schema: string;
  beforeEach(async () => {
    bench = new PubSubBench(await emulatorHost('pubsub'));
    schema = uniqueName('schema');
  });
  afterEach(() => bench.close());

  const push = (type: typeof OrderPlaced | typeof OrderPlacedBefore, options: object = {}) =>
    ensureTopicSchema(bench.environment, {
      project: PROJECT,
      topic: bench.topic,
      emulatorHost: bench.emulatorHost,
      schema,
      definition: avroSchemaOf(type),
      ...options,
    });

  it('are made with the topic, revised when the event changes, and left alone when it does not', async () => {
    const name = `projects/${PROJECT}/schemas/${schema}`;
    expect(await push(OrderPlacedBefore)).toEqual([`created ${name}`, `created ${bench.topicName} with ${name}`]);
    expect(await push(OrderPlacedBefore)).toEqual([]);
    const [revised, ...others] = await push(OrderPlaced);
    expect(revised).toContain(`revised ${name} (`);
    expect(others).toEqual([]);
    expect(await push(OrderPlaced)).toEqual([]);
  });

  it('are given to a topic that is there', async () => {
    await bench.client.createTopic(bench.topicName);
    expect(await push(OrderPlaced)).toEqual([
      `created projects/${PROJECT}/schemas/${schema}`,
      `${bench.topicName} demands projects/${PROJECT}/schemas/${schema}`,
    ]);
    await expect(bench.client.topic(bench.topicName).publishMessage({ data: Buffer.from('{}') })).rejects.toMatchObject({ code: 3 });
  });

  it('can be made without a topic', async () => {
    expect(await push(OrderPlaced, { schemaOnly: true })).toEqual([`created projects/${PROJECT}/schemas/${schema}`]);
    expect(await bench.client.topic(bench.topicName).exists()).toEqual([false]);
  });

  it("are not put in the place of a topic's other schema", async () => {
    await push(OrderPlaced);
    schema = uniqueName('schema');
    await expect(push(OrderPlaced)).rejects.toMatchObject({ code: 'SUBSCRIPTION_DIFFERS', details: { resource: bench.topicName } });
  });

  it.each(['json', 'binary'] as const)('refuse what is not of them, and what is of them is read by the format (%s)', async (encoding) => {
    await push(OrderPlaced, { encoding });
    const topic = bench.client.topic(bench.topicName);
    const [subscription] = await topic.createSubscription(bench.subscriptionName('reader'));
    await expect(topic.publishMessage({ data: Buffer.from('{"id":1}') })).rejects.toMatchObject({ code: 3 });
    const type = AvroType.forSchema(avroSchemaOf(OrderPlaced) as never);
    const value = { id: 'o-1', cents: 5, note: null };
    await topic.publishMessage({ data: encoding === 'json' ? Buffer.from(type.toString(value)) : type.toBuffer(value) });
    const message = await new Promise<{ data: Buffer; attributes: Record<string, string> }>((resolve, reject) => {
      subscription.on('error', reject);
      subscription.on('message', (each: { data: Buffer; attributes: Record<string, string>; ack(): void }) => {
        each.ack();
        resolve(each);
      });
    });
    await subscription.close();
    const reader = avroFormat({ schema: avroSchemaOf(OrderPlaced), format });
    const received = { orderingKey: '', data: message.data.toString('utf8'), bytes: message.data, attributes: message.attributes };
    expect(reader.matches(received)).toBe(true);
    expect(reader.decode(received)).toEqual({ id: 'o-1', cents: 5 });
  });
});
