import assert from 'node:assert/strict';
import { rejectsWith } from '../event-store/assertions.js';
import { idOf, idsOf, type TransportCase, type TransportSuite } from './suite.js';
import type { TransportMessage } from '../../../messaging/transport.js';

export function describeFiltering(suite: TransportSuite): void {
  suite.describe('filtering', () => {
    suite.it('brings the types that a consumer asks for, and no others, in their order', async (context) => {
      const transport = await context.open();
      const filter = { types: ['order.placed', 'order.paid'] };
      const { inbox } = await context.listen(transport, { filter });
      inbox.acking();
      const messages = ['order.placed', 'order.noted', 'order.paid', 'order.place', 'order.placed'].map((type) => typed(context, type));
      await transport.publish([...messages, context.message()]);
      const last = typed(context, 'order.paid');
      await transport.publish([last]);
      await inbox.receives([idOf(last)]);
      assert.deepEqual(inbox.ids(), idsOf([...messages.filter((_, at) => at % 2 === 0), last]));
    });

    suite.it('brings more types than one filter of a broker can name', async (context) => {
      const transport = await context.open();
      const types = Array.from({ length: 100 }, (_, at) => `order.event-with-a-long-name-${at}`);
      const { inbox } = await context.listen(transport, { filter: { types } });
      inbox.acking();
      const messages = types.map((type) => typed(context, type));
      await transport.publish([typed(context, 'order.other'), ...messages]);
      await inbox.receives(idsOf(messages));
      assert.deepEqual(inbox.ids(), idsOf(messages));
    });

    suite.it('filters for each consumer on its own', async (context) => {
      const transport = await context.open();
      const { inbox: some } = await context.listen(transport, { filter: { types: ['a'] } });
      const { inbox: all } = await context.listen(transport);
      some.acking();
      all.acking();
      const messages = ['b', 'a', 'b', 'a'].map((type) => typed(context, type));
      await transport.publish(messages);
      await all.receives(idsOf(messages));
      await some.receives([idOf(messages[1] as TransportMessage), idOf(messages[3] as TransportMessage)]);
      assert.equal(some.arrived.length, 2);
    });

    suite.it('refuses another filter or order for a consumer that has one', async (context) => {
      const { provider, environment } = context;
      const consumer = context.names.next('consumer');
      await provider.ensure(environment, [{ consumer, filter: { types: ['b', 'a'] } }]);
      assert.deepEqual(await provider.ensure(environment, [{ consumer, filter: { types: ['a', 'b', 'a'] } }]), []);
      await rejectsWith('SUBSCRIPTION_DIFFERS', provider.ensure(environment, [{ consumer, filter: { types: ['a'] } }]));
      const transport = await context.open();
      await rejectsWith('SUBSCRIPTION_DIFFERS', context.listen(transport, { consumer }));
      await rejectsWith('SUBSCRIPTION_DIFFERS', context.listen(transport, { consumer, filter: { types: ['a', 'b'] }, ordered: false }));
    });

    suite.it('refuses a filter without types', async (context) => {
      await rejectsWith('OPTION_INVALID', context.listen(await context.open(), { filter: { types: [] } }));
      await rejectsWith('OPTION_INVALID', context.listen(await context.open(), { filter: { types: [''] } }));
    });
  });
}

function typed(context: TransportCase, type: string): TransportMessage {
  return context.message('s0', { attributes: { 'ce-type': type } });
}
