import assert from 'node:assert/strict';
import { rejectsWith } from '../event-store/assertions.js';
import { idOf, idsOf, type TransportSuite } from './suite.js';

const MAX_ATTEMPTS = 5;
const deadLetter = { maxAttempts: MAX_ATTEMPTS };

export function describeUnordered(suite: TransportSuite): void {
  suite.describe('a consumer without order', () => {
    suite.it('gets every message, with a key and without, shared among its subscribers', async (context) => {
      const [one, other] = [await context.open(), await context.open()];
      const consumer = context.names.next('consumer');
      const both = context.inbox().acking();
      for (const transport of [one, other]) await context.listen(transport, { consumer, ordered: false, onMessage: both.onMessage });
      const [keyed, keyless] = [
        context.messages(context.options.manyMessages / 4, 's3'),
        context.messages(context.options.manyMessages / 4, ''),
      ];
      await one.publish(keyed);
      await one.publish(keyless);
      const ids = idsOf([...keyed, ...keyless]);
      await both.receives(ids);
      assert.equal(both.arrived.length, ids.length);
    });

    suite.it('is not held up by a message that is not settled', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport, { ordered: false });
      const [stuck, ...others] = context.messages(10, 's0');
      inbox.react = (delivery) => void (idOf(delivery) === (stuck && idOf(stuck)) || delivery.ack());
      await transport.publish(stuck === undefined ? others : [stuck, ...others]);
      await inbox.receives(idsOf(others));
    });

    suite.it('with order gets messages without a key too', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.acking();
      const messages = context.messages(20, '');
      await transport.publish(messages);
      await inbox.receives(idsOf(messages));
    });

    suite.it('is told of the message what the broker knows', async (context) => {
      const transport = await context.open();
      const before = Date.now();
      const { inbox } = await context.listen(transport, { ordered: false, deadLetter });
      const refusedOnce = new Set<string>();
      inbox.react = (delivery) => {
        const isFirst = !refusedOnce.has(idOf(delivery));
        refusedOnce.add(idOf(delivery));
        if (isFirst) delivery.nack();
        else delivery.ack();
      };
      const messages = context.messages(2, '');
      await transport.publish(messages);
      await inbox.receives(idsOf(messages), 2);
      const byBroker = new Map<string, number[]>();
      for (const { messageId = '', attempt = 0, publishedAt } of inbox.arrived) {
        byBroker.set(messageId, [...(byBroker.get(messageId) ?? []), attempt]);
        // The broker's clock is not this one's.
        assert.ok(Math.abs((publishedAt?.getTime() ?? 0) - before) < 60_000);
      }
      assert.equal(byBroker.size, 2);
      for (const attempts of byBroker.values()) assert.deepEqual(attempts, [1, 2]);
    });

    suite.it(
      'loses a message to the dead letters after so many attempts, where it can be read until it is acknowledged',
      async (context) => {
        const transport = await context.open();
        const consumer = context.names.next('consumer');
        const settings = { consumer, ordered: false, deadLetter };
        const { inbox } = await context.listen(transport, settings);
        const [bad, good] = [context.message('', { data: '{"poison":true}' }), context.message('')];
        inbox.react = (delivery) => (idOf(delivery) === idOf(bad) ? delivery.nack() : delivery.ack());
        await transport.publish([bad, good]);
        await inbox.receives([idOf(bad)], MAX_ATTEMPTS);
        await inbox.receives([idOf(good)]);

        const dead = await context.listen(transport, { ...settings, from: 'dead-letters' });
        await dead.inbox.receives([idOf(bad)]);
        await dead.subscription.close();
        const again = await context.listen(transport, { ...settings, from: 'dead-letters' });
        again.inbox.acking();
        await again.inbox.receives([idOf(bad)]);
        assert.equal(again.inbox.arrived[0]?.data, bad.data);
        assert.equal(inbox.count(idOf(bad)), MAX_ATTEMPTS);
      },
    );

    suite.it('can be given other attempts and delays later', async (context) => {
      const { provider, environment } = context;
      const consumer = context.names.next('consumer');
      await provider.ensure(environment, [{ consumer, ordered: false, deadLetter, retry: { minMs: 1_000, maxMs: 20_000 } }]);
      const changed = { consumer, ordered: false, deadLetter: { maxAttempts: 50 }, retry: { minMs: 2_500, maxMs: 20_000 } };
      await provider.ensure(environment, [changed]);
      assert.deepEqual(await provider.ensure(environment, [changed]), []);
    });

    suite.it('alone can have dead letters and delays, within their bounds', async (context) => {
      const transport = await context.open();
      const refused = [
        { deadLetter },
        { retry: { minMs: 1, maxMs: 2 } },
        { ordered: false, deadLetter: { maxAttempts: 4 } },
        { ordered: false, deadLetter: { maxAttempts: 101 } },
        { ordered: false, retry: { minMs: 10, maxMs: 9 } },
        { ordered: false, retry: { minMs: 0, maxMs: 600_001 } },
        { ordered: false, from: 'dead-letters' },
      ] as const;
      for (const options of refused) await rejectsWith('OPTION_INVALID', context.listen(transport, options));
    });
  });
}
