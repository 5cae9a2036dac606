import { INBOX } from '../../src/event-store/messaging-tables.js';
import { until } from '../support/until.js';
import { Harness, paymentMessage, type HarnessOptions } from './support/harness.js';

describe('a consumer of a topic', () => {
  const open: Harness[] = [];
  const make = async (options?: HarnessOptions): Promise<Harness> => {
    const harness = await Harness.make(options);
    open.push(harness);
    await harness.engine.start();
    return harness;
  };
  afterEach(async () => {
    for (const harness of open.splice(0)) await harness.close();
  });

  it('commits rows and inbox row together, and acknowledges then', async () => {
    const harness = await make();
    await harness.publish(
      paymentMessage('o-1', 5, { id: 'a' }),
      paymentMessage('o-1', 7, { id: 'b' }),
      paymentMessage('o-2', 1, { id: 'c' }),
    );
    await until(() => harness.engine.status().handled === 3, 'all are handled');
    expect(await harness.row('o-1')).toEqual({ order_id: 'o-1', total: 12, count: 2, trail: 'a b' });
    const [inbox] = await harness.store.readModels.get(INBOX, [{ consumer: 'billing', message_id: '/bank|a' }]);
    expect(inbox).toMatchObject({ outcome: 'handled', type: 'payment.received', subject: 'o-1' });
    await until(() => harness.engine.status().inHand === 0, 'nothing is in hand');
  });

  it('changes nothing with a repeat, whether it is in hand or long handled', async () => {
    const harness = await make();
    const twice = paymentMessage('o-1', 5, { id: 'a' });
    await harness.publish(twice, twice, twice);
    await until(() => harness.engine.status().handled === 1 && harness.engine.status().inHand === 0, 'it is handled');
    await harness.publish(twice);
    await until(() => harness.engine.status().repeats >= 1, 'the repeat is found');
    expect(await harness.row('o-1')).toMatchObject({ total: 5, count: 1 });
    expect(harness.engine.status().handled).toBe(1);
  });
});
