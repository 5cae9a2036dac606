import assert from 'node:assert/strict';
import { rejectsWith } from '../event-store/assertions.js';
import { idOf, idsOf, type TransportSuite } from './suite.js';

export function describeLifeCycle(suite: TransportSuite): void {
  suite.describe('opening and closing', () => {
    suite.it('is ensured twice and ten times at once, and the second time nothing is done', async (context) => {
      const { provider, environment } = context;
      const consumers = [context.names.next('consumer'), context.names.next('consumer')];
      await Promise.all(Array.from({ length: 10 }, () => provider.ensure(environment, consumers)));
      assert.deepEqual(await provider.ensure(environment, consumers), []);
    });

    suite.it('delivers to a consumer that was ensured before', async (context) => {
      const consumer = context.names.next('consumer');
      await context.provider.ensure(context.environment, [consumer]);
      const transport = await context.open();
      const { inbox } = await context.listen(transport, { consumer });
      const message = context.message();
      await transport.publish([message]);
      await inbox.receives([idOf(message)]);
    });

    suite.it('keeps for a consumer that was ensured what is published before it ever subscribes', async (context) => {
      const consumer = context.names.next('consumer');
      await context.provider.ensure(context.environment, [{ consumer, filter: { types: ['a'] } }]);
      const transport = await context.open();
      const messages = ['a', 'b', 'a'].map((type) => context.message('s0', { attributes: { 'ce-type': type } }));
      await transport.publish(messages);
      const { inbox } = await context.listen(transport, { consumer, filter: { types: ['a'] } });
      inbox.acking();
      await inbox.receives(idsOf(messages.filter((_, at) => at !== 1)));
    });

    suite.it('says of a subscription whether it is open or closed', async (context) => {
      const { subscription } = await context.listen(await context.open());
      assert.equal(subscription.status().state, 'open');
      await subscription.close();
      assert.equal(subscription.status().state, 'closed');
    });

    suite.it('closes a subscription twice, and ignores answers that come later', async (context) => {
      const transport = await context.open();
      const { inbox, subscription } = await context.listen(transport);
      const message = context.message();
      await transport.publish([message]);
      await inbox.receives([idOf(message)]);
      await Promise.all([subscription.close(), subscription.close()]);
      await subscription.close();
      inbox.arrived[0]?.ack();
      inbox.arrived[0]?.nack();
      const { inbox: other } = await context.listen(transport);
      const next = context.message();
      await transport.publish([next]);
      await other.receives([idOf(next)]);
      assert.deepEqual(inbox.ids(), [idOf(message)]);
    });

    suite.it('closes its subscriptions with itself, and refuses work afterwards', async (context) => {
      const transport = await context.open();
      const { subscription } = await context.listen(transport);
      await Promise.all([transport.close(), transport.close()]);
      await transport.close();
      assert.equal(subscription.status().state, 'closed');
      await rejectsWith('TRANSPORT_CLOSED', transport.publish(context.messages(1)));
      await rejectsWith('TRANSPORT_CLOSED', context.listen(transport));
    });

    suite.it('goes on for other openings when one closes', async (context) => {
      const [one, other] = [await context.open(), await context.open()];
      const { inbox } = await context.listen(other);
      await one.close();
      const message = context.message();
      await other.publish([message]);
      await inbox.receives([idOf(message)]);
    });
  });
}
