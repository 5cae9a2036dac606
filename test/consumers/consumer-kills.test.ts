import { consume, defineConsumer, readModelTable } from 'eventspan';
import { AppWorld, wholeLog } from './support/app-world.js';
import { DyingProcess, type Death } from './support/dying-store.js';
import { Reserve, Reserved, SendMail, stock } from './support/shop.js';

const table = readModelTable('mailed', { key: ['id'], columns: { id: 'string', times: 'integer' } });

/** Reads a row, writes it, and sends. */
const mailing = defineConsumer({
  name: 'mailing',
  tables: [table],
  retry: { attempts: 5, initialMs: 5 },
  on: [
    consume(Reserved, async ({ amount }, { view, send }) => {
      const row = await view.get('mailed', { id: 'all' });
      view.upsert('mailed', { id: 'all', times: Number(row?.['times'] ?? 0) + 1 });
      if (amount > 1) send(new SendMail('ann'));
    }),
  ],
});
const options = { aggregates: [stock], remoteCommands: [SendMail], consumers: [mailing], consuming: { leaseMs: 1_000, tailCheckMs: 200 } };

async function run(death?: Death): Promise<{ requests: number; times: unknown; sent: number }> {
  const world = new AppWorld({ shards: 2 });
  const front = await world.started({ ...options, roles: ['commands', 'relay'] });
  for (const [article, amount] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['a', 4],
  ] as const)
    await front.execute(new Reserve(article, amount));
  const victim = new DyingProcess(death);
  const first = await world.open({ ...options, store: victim.provider(world.store), roles: ['consumers'] });
  victim.count();
  void first.start().catch(() => undefined);
  const rows = front.consumerRows('mailing');
  const isDone = async (): Promise<boolean> => (await rows.get('mailed', { id: 'all' }).catch(() => undefined))?.['times'] === 4;
  await world.until(death === undefined ? isDone : () => victim.isDead, 'it is done, or dead');
  const { requests } = victim;
  const heir = await world.started({ ...options, roles: ['consumers'] });
  await world.until(isDone, 'all is done');
  await world.clock.advance(3_000);
  const times = (await rows.get('mailed', { id: 'all' }))?.['times'];
  const sent = (await wholeLog(front)).filter(({ type }) => type === 'eventspan.command-sent').length;
  await world.run(Promise.all([front.stop(), heir.stop()]));
  return { requests, times, sent };
}

it.each(['before', 'after'] as const)('a process that ends, %s whichever of its requests, leaves each event handled once', async (when) => {
  const { requests } = await run();
  expect(requests).toBeGreaterThan(6);
  for (let request = 1; request <= requests; request++) {
    const { times, sent } = await run({ request, when });
    expect({ request, times, sent }).toEqual({ request, times: 4, sent: 3 });
  }
});
