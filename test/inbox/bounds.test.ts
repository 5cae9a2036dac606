import { INBOX } from '../../src/event-store/messaging-tables.js';
import { onMessage } from '../../src/inbox/define-topic-consumer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { until } from '../support/until.js';
import { addPayment, Harness, PaymentReceived, paymentMessage } from './support/harness.js';

const DAY_MS = 86_400_000;

describe('the inbox of a store that does not expire rows itself', () => {
  it('forgets messages after their days, and handles a repeat that comes later again', async () => {
    const clock = new FakeClock();
    const harness = await Harness.make({ clock, inboxDays: 2 });
    await harness.engine.start();
    const rows = async (): Promise<number> => {
      let count = 0;
      for await (const _ of harness.store.readModels.scan(INBOX)) count++;
      return count;
    };
    await harness.publish(paymentMessage('o-1', 5, { id: 'a' }));
    await until(() => harness.engine.status().handled === 1, 'it is handled');
    await clock.advance(2 * DAY_MS - 3_600_000);
    expect(await rows()).toBe(1);
    await clock.advance(2 * 3_600_000);
    await until(async () => (await rows()) === 0, 'its row is gone');
    await harness.engine.stop({ deadlineMs: 0 });
    await harness.engine.start();
    await harness.publish(paymentMessage('o-1', 5, { id: 'a' }));
    await until(() => harness.engine.status().handled === 2, 'it is handled again');
    expect(await harness.row('o-1')).toMatchObject({ total: 10, count: 2 });
    await harness.close();
  });
});

describe('a slow consumer', () => {
  it('holds no more messages than its bounds, and no more batches than its concurrency', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let [running, most] = [0, 0];
    const on = [
      onMessage(PaymentReceived, async () => {
        most = Math.max(most, ++running);
        await gate;
        running--;
      }),
    ];
    const harness = await Harness.make({ on, maxMessages: 20, concurrency: 3, batchSize: 1 });
    await harness.engine.start();
    await harness.publish(...Array.from({ length: 100 }, (_, at) => paymentMessage(`o-${at}`, 1)));
    await until(() => running === 3, 'as many run as may');
    expect(harness.engine.status().inHand).toBe(20);
    release();
    await until(() => harness.engine.status().handled === 100, 'all are handled');
    expect(most).toBe(3);
    await harness.close();
  });

  it('gives back what it has not begun when it stops, and finishes what it has', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const on = [
      onMessage(PaymentReceived, async (event, context) => {
        begun++;
        await gate;
        await addPayment.handle(event, context);
      }),
    ];
    const harness = await Harness.make({ on, concurrency: 1, batchSize: 1 });
    await harness.engine.start();
    await harness.publish(paymentMessage('o-1', 1, { id: 'a' }), paymentMessage('o-2', 1, { id: 'b' }));
    await until(() => begun === 1, 'one has begun');
    const stopping = harness.engine.stop({ deadlineMs: 5_000 });
    release();
    await stopping;
    expect(await harness.row('o-1')).toMatchObject({ total: 1 });
    expect(await harness.row('o-2')).toBeUndefined();
    await harness.engine.start();
    await until(async () => (await harness.row('o-2')) !== undefined, 'the other one came again');
    expect(begun).toBe(2);
    await harness.close();
  });
});

it('a handler that takes too long is timed out, and its late writes happen to nothing', async () => {
  const late: unknown[] = [];
  const clock = new FakeClock();
  const on = [
    onMessage(PaymentReceived, async (_, { view }) => {
      await clock.sleep(60_000);
      try {
        view.upsert('payments', { order_id: 'o-1', total: 1 });
      } catch (error) {
        late.push((error as { code: string }).code);
      }
    }),
  ];
  const harness = await Harness.make({ on, clock, timeoutMs: 1_000, retry: { attempts: 1 } });
  await harness.engine.start();
  await harness.publish(paymentMessage('o-1', 1, { id: 'a' }));
  await until(() => harness.engine.status().inHand === 1, 'it is in hand');
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(2_000);
  await until(() => harness.engine.status().died === 1, 'it is dead');
  expect(await harness.allLetters()).toEqual(['/bank|a timed-out']);
  await clock.advance(60_000);
  expect(late).toEqual(['VIEW_CLOSED']);
  expect(await harness.row('o-1')).toBeUndefined();
  await harness.close();
});
