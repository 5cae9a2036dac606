import assert from 'node:assert/strict';
import { idOf, idsOf, type TransportSuite } from './suite.js';

const KEYS = ['s0', 's1', 's2', 's7'];
const MEGABYTE = 1_000_000;

export function describeDelivering(suite: TransportSuite): void {
  suite.describe('delivering', () => {
    suite.it('keeps the order of each key', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.acking();
      const batches = KEYS.map((key) => [
        context.messages(context.options.manyMessages / 8, key),
        context.messages(context.options.manyMessages / 8, key),
      ]);
      await Promise.all(
        batches.map(async (ofKey) => {
          for (const batch of ofKey) await transport.publish(batch);
        }),
      );
      await inbox.receives(batches.flat(2).map(idOf));
      KEYS.forEach((key, at) => {
        const firsts = [...new Set(inbox.ids(key))];
        assert.deepEqual(firsts, batches[at]?.flat().map(idOf));
      });
    });

    suite.it('gives every message to every consumer', async (context) => {
      const transport = await context.open();
      const listeners = await Promise.all([context.listen(transport), context.listen(transport), context.listen(transport)]);
      for (const { inbox } of listeners) inbox.acking();
      const messages = context.messages(20);
      await transport.publish(messages);
      for (const { inbox } of listeners) await inbox.receives(idsOf(messages));
    });

    suite.it('reaches the consumers of another opening', async (context) => {
      const [one, other] = [await context.open(), await context.open()];
      const { inbox } = await context.listen(other);
      const message = context.message();
      await one.publish([message]);
      await inbox.receives([idOf(message)]);
    });

    suite.it('brings body, attributes and key to the letter', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.acking();
      const messages = [
        context.message('s3', { data: '{"text":"Grüße 👋 \\u0000 你好"}', attributes: { 'ce-name': 'Łódź 🏦', 'ce-empty': '' } }),
        context.message('s3', { data: '' }),
        context.message('s3', { data: ' \r\n\t"\\' }),
        context.message('s3', { data: 'ü'.repeat(MEGABYTE / 2), attributes: { 'ce-long': 'x'.repeat(1024) } }),
      ];
      await transport.publish(messages);
      await inbox.receives(idsOf(messages));
      for (const sent of messages) {
        const got = inbox.arrived.find((delivery) => idOf(delivery) === idOf(sent));
        assert.deepEqual({ ...got?.attributes }, { ...sent.attributes });
        assert.equal(got?.orderingKey, sent.orderingKey);
        // Not deepEqual: a difference of a megabyte is no use in a report.
        assert.ok(got?.data === sent.data, `the body of ${sent.data.length} characters differs`);
      }
    });

    suite.it('gives a consumer that subscribes later what is published later', async (context) => {
      const transport = await context.open();
      await transport.publish(context.messages(3));
      const { inbox } = await context.listen(transport);
      const later = context.messages(3);
      await transport.publish(later);
      await inbox.receives(idsOf(later));
    });

    suite.it('does not deliver from within publish', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      const message = context.message();
      const publishing = transport.publish([message]);
      assert.equal(inbox.arrived.length, 0);
      await publishing;
      await inbox.receives([idOf(message)]);
    });
  });
}
