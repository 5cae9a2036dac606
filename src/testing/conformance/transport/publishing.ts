import assert from 'node:assert/strict';
import type { TransportMessage } from '../../../messaging/transport.js';
import { rejectsWith } from '../event-store/assertions.js';
import { idOf, idsOf, type TransportCase, type TransportSuite } from './suite.js';

export function describePublishing(suite: TransportSuite): void {
  suite.describe('publishing', () => {
    suite.it('takes no messages, and 1,000 of them', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      inbox.acking();
      await transport.publish([]);
      const messages = context.messages(1_000);
      await transport.publish(messages);
      await inbox.receives(idsOf(messages));
      assert.deepEqual([...new Set(inbox.ids())], idsOf(messages));
    });

    suite.it('refuses two keys in one call, and takes none of it', (context) =>
      refusesWhole(context, [context.message('s0'), context.message('s1')]),
    );

    suite.it('refuses more than 1,000 messages, and takes none of them', (context) => refusesWhole(context, context.messages(1_001)));

    suite.it('refuses more than 9,000,000 bytes, and takes none of them', (context) =>
      refusesWhole(
        context,
        Array.from({ length: 10 }, () => context.message('s0', { data: 'x'.repeat(900_000) })),
      ),
    );

    suite.it('takes what precedes a message that no broker takes, and names that message', async (context) => {
      for (const bad of unacceptable(context)) {
        const transport = await context.open();
        const { inbox } = await context.listen(transport);
        inbox.acking();
        const [before, after] = [context.messages(3), context.messages(2)];
        const error = await rejectsWith('MESSAGE_REFUSED', transport.publish([...before, bad, ...after]));
        assert.equal(error.details['eventId'], idOf(bad));
        assert.equal(error.details['acceptedCount'], 3);
        assert.equal(error.retryable, false);
        const last = context.message();
        await transport.publish([last]);
        await inbox.receives(idsOf([...before, last]));
        assert.deepEqual(inbox.ids(), idsOf([...before, last]));
      }
    });

    suite.it('takes attributes at their limits', async (context) => {
      const transport = await context.open();
      const { inbox } = await context.listen(transport);
      const many = Object.fromEntries(Array.from({ length: 98 }, (_, at) => [`ce-a${at}`, `${at}`]));
      const message = context.message('s0', { attributes: { ...many, ['n'.repeat(256)]: 'ü'.repeat(512) } });
      await transport.publish([message]);
      await inbox.receives([idOf(message)]);
      assert.deepEqual({ ...inbox.arrived[0]?.attributes }, message.attributes);
    });

    suite.it('stops at once when its signal is aborted', async (context) => {
      const transport = await context.open();
      const reason = new Error('stopped');
      await assert.rejects(transport.publish(context.messages(1), { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    });
  });
}

function unacceptable(context: TransportCase): readonly TransportMessage[] {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`ce-a${at}`, `${at}`]));
  return [
    context.message('s0', { attributes: { 'ce-long': 'ü'.repeat(513) } }),
    context.message('s0', { attributes: { ['n'.repeat(257)]: 'x' } }),
    context.message('s0', { attributes: many }),
    context.message('s0', { attributes: { googfoo: 'reserved' } }),
  ];
}

async function refusesWhole(context: TransportCase, messages: readonly TransportMessage[]): Promise<void> {
  const transport = await context.open();
  const { inbox } = await context.listen(transport);
  inbox.acking();
  await rejectsWith('BATCH_INVALID', transport.publish(messages));
  const last = context.message();
  await transport.publish([last]);
  await inbox.receives([idOf(last)]);
  assert.deepEqual(inbox.ids(), [idOf(last)]);
}
