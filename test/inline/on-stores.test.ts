import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  memory,
  systemEnvironment,
  type Eventspan,
  type EventspanOptions,
  type Row,
  type StoredEvent,
  type StoreProvider,
} from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { spannerProvider } from '../spanner/spanner-under-test.js';
import { Import, Look, openShop, Sell, Takings } from './support/shop.js';

const folder = mkdtempSync(join(tmpdir(), 'inline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function suite(provider: () => StoreProvider | Promise<StoreProvider>): void {
  let store: StoreProvider;
  let projector: Takings;
  let warnings: object[];
  let app: Eventspan;
  const opened: Eventspan[] = [];

  beforeAll(async () => {
    store = await provider();
    await store.migrate(systemEnvironment());
  });
  beforeEach(async () => {
    projector = new Takings();
    warnings = [];
    app = await open();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.stop();
  });

  const logger = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
  async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
    const made = await openShop(store, { projectors: [projector], logger, commands: { conflictRetries: 100 }, ...options });
    opened.push(made);
    return made;
  }

  const rowOf = (id: string): Promise<Row | undefined> => app.readModel('takings').get('takings', { shop: `shop-${id}` });
  const receiptsOf = (id: string): Promise<readonly Row[]> => app.readModel('takings').all('receipts', { shop: `shop-${id}` });
  async function eventsOf(id: string): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of app.store.readStream(`shop-${id}`)) events.push(event);
    return events;
  }

  it('the rows are there with the result of the command, before anything was started', async () => {
    const id = uniqueName('s');
    const result = await app.execute(new Sell(id, [3, 4]));
    expect(await rowOf(id)).toMatchObject({ sales: 2, total: 7, version: 2 });
    await app.execute(new Sell(id, [5]));
    expect(await rowOf(id)).toMatchObject({ sales: 3, total: 12, version: 3 });
    expect(await receiptsOf(id)).toMatchObject([{ amount: 3 }, { amount: 4 }, { amount: 5 }]);
    expect(await app.caughtUp('takings', result, { timeoutMs: 0 })).toEqual({ caughtUp: true });
  });

  it('the time is when the event was recorded', async () => {
    const id = uniqueName('s');
    await app.execute(new Sell(id, [1]));
    const [event] = await eventsOf(id);
    const { time } = JSON.parse(event?.metadata ?? '{}') as { time: string };
    expect((await rowOf(id))?.['at']).toEqual(new Date(time));
  });

  it('an event that no inline projector takes changes nothing', async () => {
    const id = uniqueName('s');
    await app.execute(new Look(id));
    expect(await rowOf(id)).toBeUndefined();
    await app.execute(new Sell(id, [1]));
    expect(await rowOf(id)).toMatchObject({ sales: 1, version: 2 });
  });

  it('writers that meet on a stream come to the rows that its events give', async () => {
    const id = uniqueName('s');
    const others = await Promise.all([open(), open(), open()]);
    const work = [app, ...others].map(async (each) => {
      for (let at = 0; at < 8; at++) await each.execute(new Sell(id, [at, 1]), { deadlineMs: 60_000 });
    });
    await Promise.all(work);
    const events = await eventsOf(id);
    const total = events.reduce((sum, { data }) => sum + (JSON.parse(data) as { amount: number }).amount, 0);
    expect(events).toHaveLength(64);
    expect(await rowOf(id)).toMatchObject({ sales: 64, total, version: 64 });
    expect((await receiptsOf(id)).map(({ version }) => version)).toEqual(events.map(({ version }) => version));
    expect(others.some((each) => (each.status().commands?.conflicts ?? 0) > 0)).toBe(true);
  });

  it('a command that is repeated under its id writes its rows once', async () => {
    const id = uniqueName('s');
    const commandId = uniqueName('command');
    await app.execute(new Sell(id, [3]), { commandId });
    expect(await app.execute(new Sell(id, [3]), { commandId })).toMatchObject({ repeated: true, version: 1 });
    expect(await rowOf(id)).toMatchObject({ sales: 1, total: 3 });
    expect(projector.told).toEqual([`shop-${id}@1`]);
  });

  it('a handler that throws fails the command, and nothing of it is stored', async () => {
    const id = uniqueName('s');
    await app.execute(new Sell(id, [3]));
    const failing = app.execute(new Sell(id, [4], 'poison'));
    await expect(failing).rejects.toMatchObject({
      code: 'INLINE_PROJECTION_FAILED',
      details: { projector: 'takings', type: 'shop.sold', streamId: `shop-${id}` },
      cause: { message: 'poison was sold' },
    });
    expect(await eventsOf(id)).toHaveLength(1);
    expect(await rowOf(id)).toMatchObject({ sales: 1, total: 3 });
    expect(await app.execute(new Sell(id, [5]))).toMatchObject({ version: 2, value: 8 });
    expect(await rowOf(id)).toMatchObject({ sales: 2, total: 8 });
    expect(projector.told).toEqual([`shop-${id}@1`, `shop-${id}@2`]);
  });

  it('so does one that writes to a table that is not declared', async () => {
    const failing = app.execute(new Sell(uniqueName('s'), [1], 'unknown table'));
    await expect(failing).rejects.toMatchObject({ code: 'INLINE_PROJECTION_FAILED', cause: { code: 'VIEW_TABLE_UNKNOWN' } });
  });

  it('the position is not known, and who asks for it is told so', async () => {
    const id = uniqueName('s');
    await expect(app.execute(new Sell(id, [1], 'placed'))).rejects.toMatchObject({
      code: 'INLINE_POSITION_UNKNOWN',
      details: { projector: 'takings', streamId: `shop-${id}` },
    });
    expect(await eventsOf(id)).toEqual([]);
  });

  it('a write at whatever version may set rows, and not read them or the version', async () => {
    const id = uniqueName('s');
    await app.execute(new Import(id, 'imported'));
    expect(await rowOf(id)).toMatchObject({ sales: null, at: expect.any(Date) as Date });
    await expect(app.execute(new Import(id, 'bread'))).rejects.toMatchObject({
      code: 'INLINE_UNFENCED',
      details: { projector: 'takings', streamId: `shop-${id}`, what: 'version' },
    });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('more changes than the budget are refused, naming both', async () => {
    const id = uniqueName('s');
    const small = await open({ projections: { inlineMutations: 100 } });
    const failing = small.execute(
      new Sell(
        id,
        Array.from({ length: 50 }, () => 1),
      ),
    );
    // 50 receipts of 3 cells, and the row of takings with 5.
    await expect(failing).rejects.toMatchObject({ code: 'INLINE_BUDGET_EXCEEDED', details: { mutations: 155, budget: 100 } });
    await expect(app.execute(new Sell(id, [1], 'wide'))).rejects.toMatchObject({ details: { mutations: 1_208, budget: 1_000 } });
    expect(await eventsOf(id)).toEqual([]);
    await app.execute(
      new Sell(
        id,
        Array.from({ length: 50 }, () => 1),
      ),
    );
    expect(await receiptsOf(id)).toHaveLength(50);
  });

  it('a handler that hangs ends with the deadline of its command', async () => {
    const id = uniqueName('s');
    await expect(app.execute(new Sell(id, [1], 'endless'), { deadlineMs: 200 })).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    expect(await eventsOf(id)).toEqual([]);
  });

  it('a side effect that fails is logged, and the command has taken effect', async () => {
    const id = uniqueName('s');
    expect(await app.execute(new Sell(id, [1], 'bad news'))).toMatchObject({ version: 1 });
    await until(() => warnings.length > 0, 'it is logged');
    expect(warnings).toMatchObject([{ projector: 'takings', reason: 'nobody listens' }]);
  });

  it('a started application runs nothing for it, and a rebuild comes to the same rows', async () => {
    const id = uniqueName('s');
    await app.execute(new Sell(id, [1, 2]));
    await app.start();
    expect(app.status().projections).toEqual([]);
    await expect(app.projections.rebuild('takings')).rejects.toMatchObject({ code: 'REBUILD_INLINE' });
    await app.execute(new Sell(id, [3]));
    const told = [...projector.told];
    // What misbehaved above is not in the log; what was imported reads no row.
    const rebuild = await app.projections.rebuild('takings', { appendsPaused: true, switch: 'when-equal' });
    expect(rebuild).toMatchObject({ version: 1, run: 1 });
    await until(async () => (await app.projections.status('takings')).live?.run === 1, 'the rebuild is live', 40_000);
    expect(projector.told).toEqual(told);
    await app.execute(new Sell(id, [4]));
    expect(await rowOf(id)).toMatchObject({ sales: 4, total: 10, version: 4 });
  });
}

describe('[memory] inline projections', () => suite(() => memory()));
describe('[sqlite] inline projections', () => suite(() => sqlite(join(folder, 'inline.db'))));
describeWithEmulator('spanner', 'inline projections', () => suite(() => spannerProvider()));
