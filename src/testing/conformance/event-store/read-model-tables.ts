import assert from 'node:assert/strict';
import type { ColumnType, Row, TableDefinition } from '../../../event-store/read-models.js';
import { collect, rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { THINGS, ViewFixture } from './view-fixture.js';

export function describeReadModelTables(suite: Suite): void {
  suite.describe('read-model tables', () => {
    describeEnsuring(suite);
    describeDefinitions(suite);
    describeScans(suite);
    describeDropping(suite);
  });
}

function describeEnsuring(suite: Suite): void {
  suite.it('are made once, whoever asks and however often', async ({ store, names, reopen }) => {
    const other = await reopen();
    const tables = [0, 1, 2].map(() => ({ ...THINGS, name: names.table() }));
    await Promise.all([
      store.readModels.ensureTables(tables),
      other.readModels.ensureTables(tables),
      store.readModels.ensureTables(tables),
    ]);
    await store.readModels.ensureTables(tables);
    for (const table of tables) assert.deepEqual(await collect(other.readModels.scan(table)), []);
  });

  suite.it('keep their rows when they are asked for again, and get the columns they lack', async ({ store, names, reopen }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', name: 'first', n: 1 }));
    const wider = { ...view.table, columns: { ...view.table.columns, extra: 'json', flag: 'boolean' } as const };
    await store.readModels.ensureTables([wider]);
    assert.deepEqual(await store.readModels.get(wider, [{ id: 'a' }]), [{ id: 'a', name: 'first', n: 1, extra: null, flag: null }]);
    await view.commit({ kind: 'update', table: wider, row: { id: 'a', extra: [1], flag: true } });
    assert.deepEqual(await collect((await reopen()).readModels.scan(wider)), [{ id: 'a', name: 'first', n: 1, extra: [1], flag: true }]);
  });

  suite.it('may have columns that an older definition does not name', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const narrower: TableDefinition = { name: view.table.name, columns: { id: 'string', n: 'integer' }, key: ['id'] };
    await store.readModels.ensureTables([narrower]);
    await view.commit({ kind: 'upsert', table: narrower, row: { id: 'a', n: 1 } });
    assert.deepEqual(await store.readModels.get(narrower, [{ id: 'a' }]), [{ id: 'a', n: 1 }]);
    assert.deepEqual(await view.get({ id: 'a' }), [{ id: 'a', name: null, n: 1 }]);
  });

  suite.it('that differ in a type or the key are refused, and stay as they are', async ({ store, names }) => {
    const columns = { a: 'string', b: 'integer', at: 'timestamp', flag: 'boolean', any: 'json', x: 'number' } as const;
    const view = await ViewFixture.make(store, names, { columns, key: ['a', 'b'] });
    const differing: Omit<TableDefinition, 'name'>[] = [
      { columns, key: ['a'] },
      { columns, key: ['b', 'a'] },
      { columns, key: ['a', 'b', 'at'] },
      ...Object.entries({ b: 'string', at: 'integer', flag: 'integer', any: 'string', x: 'integer' } as Record<string, ColumnType>).map(
        ([column, type]) => ({
          columns: { ...columns, [column]: type },
          key: ['a', 'b'],
        }),
      ),
    ];
    for (const shape of differing)
      await rejectsWith('VIEW_TABLE_DIFFERS', store.readModels.ensureTables([{ ...shape, name: view.table.name }]));
    await store.readModels.ensureTables([view.table]);
  });

  suite.it('that nobody made cannot be used', async ({ store, names }) => {
    const table = { ...THINGS, name: names.table() };
    await rejectsWith('STORE_FAILED', store.readModels.get(table, [{ id: 'a' }]));
    await rejectsWith('STORE_FAILED', collect(store.readModels.scan(table)));
    const view = await ViewFixture.make(store, names);
    await rejectsWith('STORE_FAILED', view.commit(view.change('insert', { id: 'a' }), { kind: 'upsert', table, row: { id: 'a' } }));
    assert.deepEqual(await view.scan(), []);
  });
}

function describeDefinitions(suite: Suite): void {
  const columns = THINGS.columns;
  const wrong: readonly (readonly [string, TableDefinition])[] = [
    ['a name that begins with a digit', { ...THINGS, name: '1st' }],
    ['a name with other characters', { ...THINGS, name: 'a"b' }],
    ['a name of 65 characters', { ...THINGS, name: 'x'.repeat(65) }],
    ["the name of one of Eventspan's own tables", { ...THINGS, name: 'Events' }],
    ['a column with other characters', { name: 'wrong_1', columns: { ...columns, 'a b': 'string' }, key: ['id'] }],
    ['columns that differ in case only', { name: 'wrong_2', columns: { ...columns, ID: 'string' }, key: ['id'] }],
    ['an unknown type', { name: 'wrong_3', columns: { ...columns, x: 'text' as ColumnType }, key: ['id'] }],
    ['no key', { name: 'wrong_4', columns, key: [] }],
    ['a key that is no column', { name: 'wrong_5', columns, key: ['other'] }],
    ['a key that names a column twice', { name: 'wrong_6', columns, key: ['id', 'id'] }],
    ['a key of type number', { name: 'wrong_7', columns: { x: 'number' }, key: ['x'] }],
    ['a key of type json', { name: 'wrong_8', columns: { x: 'json' }, key: ['x'] }],
  ];
  for (const [what, table] of wrong) {
    suite.it(`with ${what} are refused`, async ({ store }) => {
      await rejectsWith('OPTION_INVALID', store.readModels.ensureTables([table]));
    });
  }
}

function describeScans(suite: Suite): void {
  suite.it(
    'are scanned in key order: text by code point, numbers by size, false before true, earlier before later',
    async ({ store, names }) => {
      const ascending: Readonly<Record<string, readonly unknown[]>> = {
        string: ['', ' ', '-', '0', '10', '9', 'A', 'B', '_', 'a', 'a ', 'aa', 'ab', 'ü', 'ﬁ', '\uffff', '😀', '\u{10ffff}'],
        integer: [Number.MIN_SAFE_INTEGER, -10, -9, 0, 1, 9, 10, 100, Number.MAX_SAFE_INTEGER],
        boolean: [false, true],
        timestamp: [-1, 0, 1, 1e12].map((ms) => new Date(ms)),
      };
      for (const [type, values] of Object.entries(ascending)) {
        const view = await ViewFixture.make(store, names, { columns: { k: type as ColumnType }, key: ['k'] });
        await view.commit(...values.toReversed().map((k) => view.change('insert', { k })));
        assert.deepEqual(
          (await view.scan()).map(({ k }) => k),
          values,
        );
      }
    },
  );

  suite.it('are scanned by the first columns of the key', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names, {
      columns: { n: 'integer', a: 'string', b: 'integer', c: 'boolean' },
      key: ['a', 'b', 'c'],
    });
    const rows: Row[] = [];
    for (const a of ['x', 'xx', 'y']) for (const b of [-1, 2]) for (const c of [false, true]) rows.push({ n: rows.length, a, b, c });
    await view.commit(...rows.toReversed().map((row) => view.change('insert', row)));
    const found = async (prefix?: Row): Promise<unknown[]> => (await view.scan(prefix)).map(({ n }) => n);
    assert.deepEqual(await found(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert.deepEqual(await found({}), await found());
    assert.deepEqual(await found({ a: 'x' }), [0, 1, 2, 3]);
    assert.deepEqual(await found({ b: 2, a: 'xx' }), [6, 7]);
    assert.deepEqual(await found({ a: 'y', b: -1, c: true }), [9]);
    assert.deepEqual(await found({ a: 'z' }), []);
    for (const prefix of [{ b: 2 }, { a: 'x', c: true }, { n: 1 }, { other: 1 }, { a: null }]) {
      await rejectsWith('VIEW_VALUE_INVALID', view.scan(prefix));
    }
  });

  suite.it('are scanned whole, however long, and may be left early', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names, { columns: { a: 'integer', b: 'integer', n: 'integer' }, key: ['a', 'b'] });
    for (let a = 0; a < 3; a++)
      await view.commit(...Array.from({ length: 300 }, (_, b) => view.change('insert', { a, b, n: a * 300 + b })));
    assert.deepEqual(
      (await view.scan()).map(({ n }) => n),
      Array.from({ length: 900 }, (_, at) => at),
    );
    assert.deepEqual(
      (await view.scan({ a: 1 })).map(({ n }) => n),
      Array.from({ length: 300 }, (_, at) => 300 + at),
    );
    let seen = 0;
    for await (const row of store.readModels.scan(view.table)) {
      seen = row['n'] as number;
      if (seen === 5) break;
    }
    assert.equal(seen, 5);
  });
}

function describeDropping(suite: Suite): void {
  suite.it('are dropped with their rows, missing ones too, and may be made anew in another shape', async ({ store, names, reopen }) => {
    const view = await ViewFixture.make(store, names);
    const kept = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', n: 1 }), kept.change('insert', { id: 'a', n: 1 }));
    for (const other of [store, await reopen()]) await other.readModels.dropTables([view.table, { ...THINGS, name: names.table() }]);
    await rejectsWith('STORE_FAILED', view.scan());
    const reshaped: TableDefinition = { name: view.table.name, columns: { id: 'integer', at: 'timestamp' }, key: ['id'] };
    await store.readModels.ensureTables([reshaped]);
    assert.deepEqual(await collect(store.readModels.scan(reshaped)), []);
    assert.equal((await kept.scan()).length, 1);
  });

  suite.it('are dropped once, whoever asks', async ({ store, names, reopen }) => {
    const { table } = await ViewFixture.make(store, names);
    const stores = [store, await reopen(), store];
    await Promise.all(stores.map((each) => each.readModels.dropTables([table])));
    await rejectsWith('STORE_FAILED', store.readModels.get(table, [{ id: 'a' }]));
  });
}
