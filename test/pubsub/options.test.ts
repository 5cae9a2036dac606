import { pubsub, type PubSubOptions } from '../../src/pubsub/index.js';
import { resolvePubSubOptions } from '../../src/pubsub/pubsub-options.js';

const GOOD: PubSubOptions = { project: 'my-project', topic: 'loan-events' };

describe('the options of pubsub', () => {
  it.each([
    ['project', { project: '' }],
    ['project', { project: 'projects/x' }],
    ['topic', { topic: 'ab' }],
    ['topic', { topic: '1events' }],
    ['topic', { topic: 'googevents' }],
    ['topic', { topic: 'loan events' }],
    ['topic', { topic: `t${'x'.repeat(255)}` }],
    ['ackDeadlineSeconds', { ackDeadlineSeconds: 9 }],
    ['ackDeadlineSeconds', { ackDeadlineSeconds: 601 }],
    ['ackDeadlineSeconds', { ackDeadlineSeconds: 10.5 }],
    ['publishTimeoutMs', { publishTimeoutMs: 99 }],
    ['ensure', { ensure: 'yes' as 'off' }],
  ])('refuse a wrong %s', (name, wrong) => {
    const details = expect.objectContaining({ path: `pubsub.${name}` });
    expect(() => pubsub({ ...GOOD, ...wrong })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details }));
  });

  it('refuse a consumer whose subscription cannot have that name', () => {
    const { subscriptionOf } = resolvePubSubOptions(GOOD, {});
    expect(subscriptionOf('loan-book')).toBe('projects/my-project/subscriptions/loan-events.loan-book');
    expect(() => subscriptionOf('loan book')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  it('check what is there in the cloud, and create it on an emulator', () => {
    expect(resolvePubSubOptions(GOOD, {})).toMatchObject({ ensure: 'check' });
    expect(resolvePubSubOptions(GOOD, { PUBSUB_EMULATOR_HOST: '' })).toMatchObject({ ensure: 'check' });
    expect(resolvePubSubOptions(GOOD, { PUBSUB_EMULATOR_HOST: 'localhost:1' })).toMatchObject({
      ensure: 'create',
      emulatorHost: 'localhost:1',
    });
    expect(resolvePubSubOptions({ ...GOOD, emulatorHost: 'localhost:2' }, {})).toMatchObject({
      ensure: 'create',
      emulatorHost: 'localhost:2',
    });
  });

  it('prefer an endpoint that is given to an emulator of the environment', () => {
    const apiEndpoint = 'europe-west1-pubsub.googleapis.com';
    const settings = resolvePubSubOptions({ ...GOOD, apiEndpoint }, { PUBSUB_EMULATOR_HOST: 'localhost:1' });
    expect(settings).toMatchObject({ apiEndpoint, ensure: 'check' });
    expect(settings.emulatorHost).toBeUndefined();
  });
});
