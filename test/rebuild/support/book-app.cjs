/** The options of an application on the SQLite file DB, with version VERSION of the projector `book`; for child processes. */
const { defineProjector, on, readModelTable, counterTable, Event, inProcess } = require('../../../src/index.ts');
const { sqlite } = require('../../../src/sqlite/index.ts');

class Paid {
  constructor(customer, amount) {
    this.customer = customer;
    this.amount = amount;
  }
}
Event('paid')(Paid);

const accounts = readModelTable('accounts', { key: ['id'], columns: { id: 'string', total: 'integer', payments: 'integer' } });
const counts = counterTable('counts', { key: { customer: 'string' }, counters: ['n', 'amount'] });
const surcharge = Number(process.env.SURCHARGE ?? 0);

/** Handlers wait a little where a test wants to meet a rebuild on its way. */
const slowly = () => new Promise((resolve) => setTimeout(resolve, Number(process.env.SLOW_MS)));

const book = defineProjector({
  name: 'book',
  version: Number(process.env.VERSION ?? 1),
  rows: 'stream',
  tables: [accounts, counts],
  on: [
    on(Paid, async (event, { view, streamId }) => {
      if (process.env.SLOW_MS) await slowly();
      const row = await view.get('accounts', { id: streamId });
      const total = Number(row?.total ?? 0) + event.amount + surcharge;
      view.upsert('accounts', { id: streamId, total, payments: Number(row?.payments ?? 0) + 1 });
      view.increment('counts', { customer: event.customer }, { n: 1, amount: event.amount });
    }),
  ],
});

module.exports = {
  store: sqlite(process.env.DB, { shards: 4 }),
  transport: inProcess(),
  projectors: [book],
  projections: { leaseMs: 1_000, pollMs: 200, liveCacheMs: 200, tailCheckMs: 100, rebuild: { batchSize: 50 } },
};
