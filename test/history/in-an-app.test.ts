import { closeStream, counterTable, defineProjector, deleteStream, Eventspan, importEvents, inProcess, memory, on } from 'eventspan';
import { account, Deposit, Deposited, type Balance } from '../command-handling/account.js';
import { exportText, inPieces } from './support/export-text.js';

const totals = counterTable('totals', { key: { account: 'string' }, counters: ['amount'] });
const Totals = defineProjector({
  name: 'totals',
  tables: [totals],
  rows: 'stream',
  on: [on(Deposited, (event, { streamId, view }) => view.increment('totals', { account: streamId }, { amount: event.amount }))],
});

async function open(): Promise<Eventspan> {
  return Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [account], projectors: [Totals] });
}

describe('[memory] an application', () => {
  it('goes on beside closed streams: relay and projections pass over what closed them', async () => {
    const app = await open();
    await app.start();
    await app.execute(new Deposit('1', 5));
    await app.caughtUp('totals', await app.execute(new Deposit('2', 7)));
    await closeStream(app.store, 'account-1', { reason: 'done' });
    await deleteStream(app.store, 'account-2', { reason: 'asked for' });
    const results = await Promise.all(['3', '4', '5', '6'].map((id) => app.execute(new Deposit(id, 1))));
    for (const result of results) await app.caughtUp('totals', result);
    expect(await app.readModel('totals').get('totals', { account: 'account-6' })).toMatchObject({ amount: 1 });
    expect(await app.readModel('totals').get('totals', { account: 'account-1' })).toMatchObject({ amount: 5 });
    expect((await app.repository.load<Balance>(account, '1')).aggregate).toEqual({ balance: 5 });
    await app.stop();
  });

  it('projects and continues a log that was imported', async () => {
    const first = await open();
    for (const amount of [1, 2, 3]) await first.execute(new Deposit('1', amount));
    const text = await exportText(first.store);
    await first.stop();
    const second = await open();
    await importEvents({ store: second.store }, inPieces(text));
    await second.start();
    const result = await second.execute(new Deposit('1', 4));
    expect(result.version).toBe(4);
    await second.caughtUp('totals', result);
    expect(await second.readModel('totals').get('totals', { account: 'account-1' })).toMatchObject({ amount: 10 });
    await second.stop();
  });
});
