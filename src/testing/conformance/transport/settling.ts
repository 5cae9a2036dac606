import assert from 'node:assert/strict';
import type { Delivery } from '../../../messaging/transport.js';
import { idOf, idsOf, type TransportSuite } from './suite.js';

export function describeSettling(suite: TransportSuite): void {
  suite.describe('settling', () => {
    suite.it('does not bring an acknowledged message again', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.acking();
      const [first, second] = [context.messages(5), context.messages(5)];
      await transport.publish(first);
      await inbox.receives(idsOf(first));
      await transport.publish(second);
      await inbox.receives(idsOf(second));
      assert.deepEqual(inbox.ids(), idsOf([...first, ...second]));
    });

    suite.it('brings a refused message again, and nothing is lost', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      const messages = context.messages(6);
      const refusedOnce = new Set<string>();
      inbox.react = (delivery: Delivery) => {
        const id = idOf(delivery);
        if (refusedOnce.has(id)) return delivery.ack();
        refusedOnce.add(id);
        delivery.nack();
      };
      await transport.publish(messages);
      await inbox.receives(idsOf(messages), 2);
    });

    suite.it('takes the first of several answers', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.react = (delivery) => {
        delivery.ack();
        delivery.nack();
        delivery.ack();
      };
      const [first, second] = [context.message(), context.message()];
      await transport.publish([first]);
      await inbox.receives([idOf(first)]);
      await transport.publish([second]);
      await inbox.receives([idOf(second)]);
      assert.equal(inbox.count(idOf(first)), 1);
    });

    suite.it('has no more than maxMessages out', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport, { maxMessages: 3 });
      const { inbox: other } = await context.listen(transport);
      other.acking();
      const messages = ['s0', 's1', 's2', 's3', 's4'].map((key) => context.messages(4, key));
      for (const batch of messages) await transport.publish(batch);
      const ids = idsOf(messages.flat());
      await inbox.receivesCount(3);
      await other.receives(ids);
      for (let settled = 0; settled < ids.length; settled++) {
        await inbox.receivesCount(settled + 1);
        assert.ok(inbox.arrived.length - settled <= 3, `${inbox.arrived.length - settled} messages are out`);
        inbox.arrived[settled]?.ack();
      }
      await inbox.receives(ids);
    });

    suite.it('has no more than maxBytes out, but one message of any size', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport, { maxBytes: 250_000 });
      const { inbox: other } = await context.listen(transport);
      other.acking();
      const sized = (key: string, size: number) => context.message(key, { data: 'x'.repeat(size) });
      const messages = [sized('s0', 400_000), sized('s1', 100_000), sized('s2', 100_000), sized('s3', 100_000), sized('s4', 300_000)];
      for (const message of messages) await transport.publish([message]);
      await inbox.receivesCount(1);
      await other.receives(idsOf(messages));
      for (let settled = 0; settled < messages.length; settled++) {
        await inbox.receivesCount(settled + 1);
        const out = inbox.arrived.slice(settled);
        const bytes = out.reduce((sum, { data }) => sum + data.length, 0);
        assert.ok(out.length === 1 || bytes <= 250_000, `${out.length} messages with ${bytes} bytes are out`);
        out[0]?.ack();
      }
      await inbox.receives(idsOf(messages));
    });

    suite.it('serves other consumers while one settles nothing', async (context) => {
      const transport = await context.open();
      const { inbox: stuck } = await context.listen(transport, { maxMessages: 1 });
      const { inbox } = await context.listen(transport);
      inbox.acking();
      const messages = context.messages(50);
      await transport.publish(messages);
      await inbox.receives(idsOf(messages));
      await stuck.receivesCount(1);
    });
  });
}
