import type { EventStore } from '../../src/event-store/event-store.js';
import type { ReadModelBatch, RowChange, TableDefinition } from '../../src/event-store/read-models.js';
import { SpannerContext } from '../../src/spanner/context.js';
import { spanner } from '../../src/spanner/index.js';
import { spannerSettings } from '../../src/spanner/options.js';
import { textOf } from '../../src/spanner/values.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { spannerOptions, table, testEnvironment } from './spanner-under-test.js';

const EVERY_TYPE: TableDefinition = {
  name: 'order',
  columns: {
    group: 'string',
    no: 'integer',
    at: 'timestamp',
    on: 'boolean',
    select: 'string',
    amount: 'number',
    extra: 'json',
    from: 'integer',
  },
  key: ['group', 'no', 'at', 'on'],
};

describeWithEmulator('spanner', 'read models', () => {
  let store: EventStore;
  let second: EventStore;
  let options: Awaited<ReturnType<typeof spannerOptions>>;
  beforeAll(async () => {
    options = await spannerOptions();
    store = await spanner(options).open(testEnvironment());
    second = await spanner(options).open(testEnvironment());
    await store.readModels.ensureTables([EVERY_TYPE]);
  });
  afterAll(() => Promise.all([store.close(), second.close()]));

  async function batchOf(
    rows: 'stream' | 'shared',
    on = store,
  ): Promise<{ batch: ReadModelBatch; commit: (changes: RowChange[]) => Promise<void> }> {
    const consumer = uniqueName('consumer');
    await on.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    const batch = await on.readModels.openBatch({ rows });
    return { batch, commit: (changes) => batch.commit(changes, { consumer, shard: 0, token: 1 }) };
  }

  it('keep every column type exactly, in tables and columns named like SQL words', async () => {
    const { commit } = await batchOf('stream');
    const row = { group: 'ä\u{1F600}', no: -(2 ** 53 - 1), at: new Date('0001-01-01T00:00:00.001Z'), on: false };
    const rest = { select: '', amount: 5e-324, extra: { b: [1, { a: null }], a: 'x' }, from: 2 ** 53 - 1 };
    await commit([{ kind: 'insert', table: EVERY_TYPE, row: { ...row, ...rest } }]);
    expect(await second.readModels.get(EVERY_TYPE, [{ ...row, no: 1 }, row])).toEqual([undefined, { ...row, ...rest }]);
  });

  it('have tables of the types that are documented, and columns are added to them', async () => {
    const wider = { ...EVERY_TYPE, columns: { ...EVERY_TYPE.columns, added: 'json' as const } };
    await Promise.all([store.readModels.ensureTables([wider]), second.readModels.ensureTables([wider])]);
    const context = new SpannerContext(spannerSettings(options), testEnvironment());
    const sql =
      "SELECT column_name, spanner_type, is_nullable FROM information_schema.columns WHERE table_name = 'order' ORDER BY ordinal_position";
    const rows = await context.rpc.query(sql, context.calls.begin());
    await context.close();
    expect(rows.map(({ values }) => values.map(textOf).join(' '))).toEqual([
      'group STRING(MAX) NO',
      'no INT64 NO',
      'at TIMESTAMP NO',
      'on BOOL NO',
      'select STRING(MAX) YES',
      'amount FLOAT64 YES',
      'extra STRING(2621440) YES',
      'from INT64 YES',
      'added STRING(2621440) YES',
    ]);
  });

  it.each([
    ['another key', { key: ['id', 'n'] }],
    ['another type of a column', { columns: { id: 'string', n: 'string', note: 'string' } }],
    ['json instead of text', { columns: { id: 'string', n: 'integer', note: 'json' } }],
  ] as const)('refuse a table with %s', async (_, change) => {
    const view = table(`view_${uniqueName('x').replace('-', '_')}`);
    await store.readModels.ensureTables([view]);
    await expect(store.readModels.ensureTables([{ ...view, ...change }])).rejects.toMatchObject({ code: 'VIEW_TABLE_DIFFERS' });
  });

  it('name the row that was there, or missing, among several of its table; and write nothing', async () => {
    const view = table('named_rows');
    await store.readModels.ensureTables([view]);
    const row = (id: string): { id: string; n: number } => ({ id, n: 1 });
    await (await batchOf('stream')).commit([{ kind: 'insert', table: view, row: row('b') }]);
    const inserting = (await batchOf('stream')).commit(['a', 'b', 'c'].map((id) => ({ kind: 'insert', table: view, row: row(id) })));
    await expect(inserting).rejects.toMatchObject({ code: 'VIEW_ROW_EXISTS', details: { table: 'named_rows', key: '["b"]' } });
    const updating = (await batchOf('shared')).commit(['b', 'd'].map((id) => ({ kind: 'update', table: view, row: row(id) })));
    await expect(updating).rejects.toMatchObject({ code: 'VIEW_ROW_MISSING', details: { table: 'named_rows', key: '["d"]' } });
    const found = await store.readModels.get(view, ['a', 'b', 'c', 'd'].map(row));
    expect(found.map((there) => there !== undefined)).toEqual([false, true, false, false]);
  });

  it('a spent token is told before anything about rows', async () => {
    const view = table('fenced_rows');
    await store.readModels.ensureTables([view]);
    const batch = await store.readModels.openBatch({ rows: 'stream' });
    const change: RowChange = { kind: 'update', table: view, row: { id: 'not there', n: 1 } };
    const committing = batch.commit([change], { consumer: 'nobody', shard: 0, token: 9 });
    await expect(committing).rejects.toMatchObject({ code: 'CURSOR_LOST', details: { consumer: 'nobody', shard: 0, token: 9 } });
  });

  it('a "stream" batch sees at every read what it saw at its first, and the next one what was committed before it', async () => {
    const view = table('one_instant');
    await store.readModels.ensureTables([view]);
    const { batch } = await batchOf('stream');
    expect(await batch.get(view, [{ id: 'a' }])).toEqual([undefined]);
    await (await batchOf('stream', second)).commit([{ kind: 'insert', table: view, row: { id: 'b', n: 1 } }]);
    expect(await batch.get(view, [{ id: 'b' }])).toEqual([undefined]);
    await batch.abandon();
    expect(await (await batchOf('stream')).batch.get(view, [{ id: 'b' }])).toMatchObject([{ n: 1 }]);
  });

  it('two "shared" batches on one row never lose an addition', async () => {
    const view = table('totals');
    await store.readModels.ensureTables([view]);
    const addOne = async (on: EventStore): Promise<void> => {
      for (;;) {
        const { batch, commit } = await batchOf('shared', on);
        try {
          const [row] = await batch.get(view, [{ id: 'sum' }]);
          return await commit([{ kind: 'upsert', table: view, row: { id: 'sum', n: ((row?.['n'] as number | null) ?? 0) + 1 } }]);
        } catch (error) {
          await batch.abandon();
          expect(error).toMatchObject({ code: 'BATCH_ABORTED' });
        }
      }
    };
    const adders = [store, second, store, second].map(async (on) => {
      for (let round = 0; round < 5; round++) await addOne(on);
    });
    await Promise.all(adders);
    expect(await store.readModels.get(view, [{ id: 'sum' }])).toMatchObject([{ n: 20 }]);
  });

  it('a batch that would not fit in one commit is refused before it is sent', async () => {
    const view = table('large');
    await store.readModels.ensureTables([view]);
    const { commit } = await batchOf('stream');
    const changes = Array.from({ length: 30_000 }, (_, n): RowChange => ({ kind: 'insert', table: view, row: { id: `${n}`, n } }));
    await expect(commit(changes)).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE', details: { maxMutations: 80_000 } });
  });

  it('are scanned over several pages, each row once, in the order of the key', async () => {
    const view: TableDefinition = { name: 'pages', columns: { part: 'string', n: 'integer', text: 'string' }, key: ['part', 'n'] };
    await store.readModels.ensureTables([view]);
    const { commit } = await batchOf('stream');
    const changes = Array.from({ length: 1_700 }, (_, n): RowChange => ({
      kind: 'insert',
      table: view,
      row: { part: n < 1_600 ? 'a' : 'b', n },
    }));
    await commit(changes);
    const seen: unknown[] = [];
    for await (const row of store.readModels.scan(view, { part: 'a' })) seen.push(row['n']);
    expect(seen).toEqual(Array.from({ length: 1_600 }, (_, n) => n));
    let all = 0;
    for await (const row of store.readModels.scan(view)) all += row['part'] === 'a' || row['part'] === 'b' ? 1 : 0;
    expect(all).toBe(1_700);
  });
});
