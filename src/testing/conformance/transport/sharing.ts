import assert from 'node:assert/strict';
import type { Delivery } from '../../../messaging/transport.js';
import { idOf, idsOf, type TransportSuite } from './suite.js';

const KEYS = Array.from({ length: 8 }, (_, shard) => `s${shard}`);

export function describeSharing(suite: TransportSuite): void {
  suite.describe('several subscribers of one consumer', () => {
    suite.it('share its messages, and a key has one reader at a time', async (context) => {
      const transports = [await context.open(), await context.open()];
      const consumer = context.names.next('consumer');
      const both = context.inbox();
      const readers = new Readers();
      for (const [reader, transport] of transports.entries()) {
        const onMessage = (delivery: Delivery): void => {
          readers.take(reader, delivery);
          both.onMessage(delivery);
        };
        await context.listen(transport, { consumer, onMessage });
      }
      const sent = KEYS.map((key) => context.messages(10, key));
      for (const batch of sent) await transports[0]?.publish(batch);
      await both.receives(idsOf(sent.flat()));
      assert.deepEqual(readers.overlaps, []);
    });

    suite.it('get what another gave back when it closed', async (context) => {
      const [one, other] = [await context.open(), await context.open()];
      const consumer = context.names.next('consumer');
      const leaving = await context.listen(one, { consumer });
      const messages = context.messages(5);
      await one.publish(messages);
      await leaving.inbox.receivesCount(1);
      const staying = await context.listen(other, { consumer });
      staying.inbox.acking();
      await leaving.subscription.close();
      await staying.inbox.receives(idsOf(messages));
    });

    suite.it('get nothing again that was acknowledged before it closed', async (context) => {
      const transport = await context.open();
      const consumer = context.names.next('consumer');
      const first = await context.listen(transport, { consumer });
      first.inbox.acking();
      const [done, later] = [context.messages(5), context.messages(5)];
      await transport.publish(done);
      await first.inbox.receives(idsOf(done));
      await first.subscription.close();
      const second = await context.listen(transport, { consumer });
      await transport.publish(later);
      second.inbox.acking();
      await second.inbox.receives(idsOf(later));
      assert.deepEqual(second.inbox.ids(), idsOf(later));
    });
  });
}

/** Holds each message for a turn of the event loop, and notes those whose key was out at another reader. */
class Readers {
  readonly overlaps: string[] = [];
  private readonly out = new Map<string, { readonly reader: number; count: number }>();

  take(reader: number, delivery: Delivery): void {
    const key = delivery.orderingKey;
    const holder = this.out.get(key) ?? { reader, count: 0 };
    this.out.set(key, holder);
    if (holder.reader !== reader) this.overlaps.push(idOf(delivery));
    holder.count++;
    setImmediate(() => {
      if (--holder.count === 0) this.out.delete(key);
      delivery.ack();
    });
  }
}
