import { FakeClock } from '../../src/testing/fake-clock.js';
import { describeWithEmulator, emulatorHost } from '../support/emulators.js';
import { until } from '../support/until.js';
import { PubSubBench } from './support/environment.js';

describeWithEmulator('pubsub', 'a subscription that stays silent', () => {
  let bench: PubSubBench;
  beforeEach(async () => {
    bench = new PubSubBench(await emulatorHost('pubsub'));
  });
  afterEach(() => bench.close());

  it('is looked at and opened anew after ten minutes, and so gets away from a topic that others deleted', async () => {
    const clock = new FakeClock();
    const transport = await bench.provider().open({ ...bench.environment, clock, random: () => 0 });
    const listener = await bench.listen(transport);
    await bench.client.topic(bench.topicName).delete();
    await bench.client.createTopic(bench.topicName);
    await clock.advance(600_000);
    await until(async () => {
      await transport.publish([bench.message()]);
      await clock.advance(0);
      return listener.ids.length > 0;
    }, 'a message arrived by the subscription that was made anew');
    expect(listener.state).toBe('open');
    await transport.close();
  });

  it('asks no metadata server and changes no environment variable on an emulator', async () => {
    const before = { ...process.env };
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    const transport = await bench.open();
    const listener = await bench.listen(transport);
    const message = bench.message();
    await transport.publish([message]);
    await listener.receives(message);
    process.off('warning', onWarning);
    expect(warnings).not.toContain('MetadataLookupWarning');
    expect({ ...process.env }).toEqual(before);
  });
});
