import {
  defineProjector,
  Eventspan,
  inProcess,
  memory,
  on,
  readModelTable,
  type EventspanOptions,
  type ProjectorDefinition,
  type StoreProvider,
} from 'eventspan';
import { until } from '../support/until.js';
import { Sell, SHOP, Sold } from './support/shop.js';

const sales = readModelTable('sales', { key: ['shop'], columns: { shop: 'string', total: 'integer', best: 'integer' } });

/** Version 2 keeps the best sale too. */
function projector(version: number, lifecycle: 'async' | 'inline' = 'inline'): ProjectorDefinition {
  return defineProjector({
    name: 'sales',
    version,
    lifecycle,
    rows: 'stream',
    tables: [sales],
    on: [
      on(Sold, async ({ amount }, { view, streamId: shop }) => {
        const row = await view.get('sales', { shop });
        const total = Number(row?.['total'] ?? 0) + amount;
        view.upsert('sales', { shop, total, ...(version > 1 && { best: Math.max(amount, Number(row?.['best'] ?? 0)) }) });
      }),
    ],
  });
}

describe('[memory] the generations of an inline projection', () => {
  let store: StoreProvider;
  let warnings: object[];
  const opened: Eventspan[] = [];
  beforeEach(() => {
    store = memory();
    warnings = [];
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.stop();
  });

  async function open(projectors: readonly ProjectorDefinition[], options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
    const logger = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
    const projections = { liveCacheMs: 0, pollMs: 100 };
    const app = await Eventspan.open({ store, transport: inProcess(), ...SHOP, projectors, projections, logger, ...options });
    opened.push(app);
    return app;
  }

  const rowOf = (app: Eventspan, id: string) => app.readModel('sales').get('sales', { shop: `shop-${id}` });

  it('begin in a process that only executes commands, and go on in others', async () => {
    const { transport: _, ...rest } = SHOP as EventspanOptions;
    const commands = await Eventspan.open({ ...rest, store, roles: ['commands'], projectors: [projector(1)] });
    opened.push(commands);
    await commands.execute(new Sell('1', [3]));
    expect(await rowOf(commands, '1')).toMatchObject({ total: 3 });
    const other = await open([projector(1)]);
    await other.start();
    await other.execute(new Sell('1', [4]));
    expect(await rowOf(other, '1')).toMatchObject({ total: 7 });
    expect(await other.projections.list()).toMatchObject([{ projector: 'sales', version: 1, run: 0, state: 'live' }]);
    expect(warnings).toEqual([]);
  });

  it('say so where the log has events that they have not', async () => {
    await (await open([])).execute(new Sell('1', [3]));
    const app = await open([projector(1)]);
    await app.start();
    expect(warnings).toMatchObject([{ projector: 'sales' }]);
    await app.execute(new Sell('2', [4]));
    expect([await rowOf(app, '1'), await rowOf(app, '2')]).toMatchObject([undefined, { total: 4 }]);
    await app.projections.rebuild('sales', { appendsPaused: true });
    await until(async () => (await app.projections.status('sales')).live?.run === 1, 'it is rebuilt', 30_000);
    expect([await rowOf(app, '1'), await rowOf(app, '2')]).toMatchObject([{ total: 3 }, { total: 4 }]);
  });

  it('are written in the live version while both are listed, and in the new one from the switch on', async () => {
    const app = await open([projector(1), projector(2)]);
    await (await open([projector(1)])).execute(new Sell('1', [3]));
    await app.start();
    await app.execute(new Sell('1', [4]));
    expect(await rowOf(app, '1')).toEqual({ shop: 'shop-1', total: 7, best: null });
    await app.projections.rebuild('sales', { appendsPaused: true });
    await until(async () => (await app.projections.status('sales')).live?.version === 2, 'version 2 is live', 30_000);
    expect(await rowOf(app, '1')).toEqual({ shop: 'shop-1', total: 7, best: 4 });
    await app.execute(new Sell('1', [5]));
    expect(await rowOf(app, '1')).toEqual({ shop: 'shop-1', total: 12, best: 5 });
  });

  it('refuse commands of a process that has not the code of the live version', async () => {
    await (await open([projector(1)])).execute(new Sell('1', [3]));
    const newer = await open([projector(2)]);
    await expect(newer.execute(new Sell('1', [4]))).rejects.toMatchObject({
      code: 'INLINE_VERSION_MISSING',
      details: { projector: 'sales', live: 1, known: [2] },
    });
    await expect(newer.start()).rejects.toMatchObject({ code: 'INLINE_VERSION_MISSING' });
    expect(await rowOf(newer, '1')).toMatchObject({ total: 3 });
  });

  it('leave the rows alone while a version that follows the log is live', async () => {
    const app = await open([projector(1, 'async')]);
    await app.start();
    await app.caughtUp('sales', await app.execute(new Sell('1', [3])));
    const both = await open([projector(1, 'async'), projector(2)]);
    await both.start();
    await app.caughtUp('sales', await both.execute(new Sell('1', [4])));
    expect(await rowOf(both, '1')).toEqual({ shop: 'shop-1', total: 7, best: null });
  });

  it('cannot have single streams rebuilt, since no engine runs for them', async () => {
    const app = await open([projector(1)]);
    await app.execute(new Sell('1', [3]));
    await expect(app.projections.rebuildStreams('sales', ['shop-1'])).rejects.toMatchObject({ code: 'REBUILD_STREAMS_UNSUPPORTED' });
  });
});
