import { Eventspan, inProcess, positionsOf, type ShardPositions } from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { Closed, Noted, Paid, registry } from '../projections/support/domain.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { book } from './support/projectors.js';

const TUNING = { leaseMs: 3_000, pollMs: 300, liveCacheMs: 200, tailCheckMs: 200 } as const;

describeWithEmulator(['spanner'], 'rebuilding', () => {
  const apps: Eventspan[] = [];
  let database: string;
  beforeEach(() => (database = uniqueName('db')));
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.stop()));
  });

  async function started(...projectors: Parameters<typeof book>[]): Promise<Eventspan> {
    const store = spanner({
      project: 'test',
      instance: 'eventspan',
      database,
      emulatorHost: await emulatorHost('spanner'),
      shards: 4,
      migrate: 'auto',
    });
    const app = await Eventspan.open({
      store,
      transport: inProcess(),
      projectors: projectors.map((each) => book(...each)),
      events: [Paid, Closed, Noted],
      projections: TUNING,
    });
    apps.push(app);
    await app.start();
    return app;
  }

  let ids = 0;
  async function pay(app: Eventspan, count: number): Promise<ShardPositions> {
    const writes = Array.from({ length: count }, (_, n) => {
      const { type, data, schemaVersion } = registry.serialize(new Paid(`c-${n % 2}`, 1));
      const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion });
      const eventId = `00000000-0000-7000-9000-${String(++ids).padStart(12, '0')}`;
      return { streamId: `acc-${n}`, expectedVersion: 'any' as const, events: [{ eventId, type, data, metadata }] };
    });
    return positionsOf(await app.store.append({ writes }));
  }

  const statesOf = async (app: Eventspan): Promise<string[]> =>
    (await app.projections.list()).map(({ version, run, state }) => `${version}.${run} ${state}`);

  it('fills a new version beside the live one, compares, switches, goes back, and drops', async () => {
    const old = await started([1]);
    await old.caughtUp('book', await pay(old, 40), { timeoutMs: 20_000 });
    const fresh = await started([2, { surcharge: 1 }]);
    let payments = 40;
    await until(
      async () => {
        const end = await pay(old, 5);
        payments += 5;
        await fresh.caughtUp('book', end, { timeoutMs: 20_000 });
        const counted = await fresh.readModel('book').all('counts');
        expect(counted.reduce((sum, row) => sum + Number(row['n']), 0)).toBe(payments);
        return (await statesOf(fresh)).includes('2.0 live');
      },
      'the new version is live',
      60_000,
    );
    await fresh.caughtUp('book', await pay(fresh, 5), { timeoutMs: 20_000 });
    const { generations, live } = await fresh.projections.status('book');
    expect(live).toEqual({ version: 2, run: 0 });
    expect(generations.map(({ state }) => state)).toEqual(['retired', 'live']);
    expect(await fresh.readModel('book').get('accounts', { id: 'acc-1' })).toMatchObject({
      total: 2 * Number(await paymentsOf(fresh, 'acc-1')),
    });

    await fresh.projections.rollback('book');
    await until(async () => (await statesOf(fresh)).includes('1.0 live'), 'the old version is live again', 30_000);
    await old.caughtUp('book', await pay(old, 5), { timeoutMs: 20_000 });
    expect(await old.readModel('book').get('accounts', { id: 'acc-1' })).toMatchObject({ total: Number(await paymentsOf(old, 'acc-1')) });

    await fresh.projections.drop('book');
    await fresh.projections.cleaned('book');
    expect(await statesOf(fresh)).toEqual(['1.0 live', '2.0 dropped']);
    expect((await fresh.store.cursors.read('projector:book:v2')).cursors).toEqual([]);
  }, 180_000);

  async function paymentsOf(app: Eventspan, id: string): Promise<unknown> {
    return (await app.readModel('book').get('accounts', { id }))?.['payments'];
  }
});
