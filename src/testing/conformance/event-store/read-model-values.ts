import assert from 'node:assert/strict';
import type { ColumnType } from '../../../event-store/read-models.js';
import { rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

const ONE_OF_EACH = {
  columns: {
    id: 'integer',
    string: 'string',
    integer: 'integer',
    number: 'number',
    boolean: 'boolean',
    timestamp: 'timestamp',
    json: 'json',
  },
  key: ['id'],
} as const;

/** Values that come back exactly. */
const KEPT: Readonly<Record<ColumnType, readonly unknown[]>> = {
  string: [
    '',
    ' ',
    'text',
    'ü 😀 \u2028 \u0001\n end',
    'it\'s "quoted" `x` \\ %_',
    'null',
    '1',
    '007',
    'true',
    '2026-01-01',
    'u\u0308',
    '\uffff',
    'x'.repeat(100_000),
  ],
  integer: [0, 1, -1, 42, 2 ** 31, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  number: [0, 1, -1, 0.1, -0.5, 1 / 3, 5e-324, 1.7976931348623157e308, 1e21, 2 ** 60, Number.EPSILON, Number.MAX_SAFE_INTEGER],
  boolean: [true, false],
  timestamp: [
    '1970-01-01T00:00:00.000Z',
    '2026-11-24T05:22:37.123Z',
    '1969-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ].map((text) => new Date(text)),
  json: [
    true,
    false,
    0,
    1.5,
    '',
    'text',
    [],
    {},
    [null, 1, 'a', [true]],
    { b: 1, a: { d: [], c: null } },
    { '10': 1, '9': 2, x: '😀' },
    JSON.parse('{"__proto__":1}'),
  ],
};

/** Values that would not. */
const REFUSED: Readonly<Record<ColumnType, readonly unknown[]>> = {
  string: [1, true, undefined, {}, ['a'], new Date(0), 'lone \ud800', 'nul \u0000'],
  integer: [1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', 1n, true, undefined],
  number: [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '1', 1n, false, undefined],
  boolean: [0, 1, 'true', undefined, {}],
  timestamp: [0, '2026-01-01T00:00:00Z', new Date(Number.NaN), new Date(8.64e15), undefined],
  json: [
    undefined,
    -0,
    Number.NaN,
    1n,
    new Date(0),
    [undefined],
    { a: undefined },
    new Map(),
    ['\ud800'],
    Symbol('s'),
    () => 1,
    nested(70),
  ],
};

export function describeReadModelValues(suite: Suite): void {
  suite.describe('read-model columns', () => {
    for (const type of Object.keys(KEPT) as ColumnType[]) {
      suite.it(`of type ${type} give back what they were given`, async ({ store, names }) => {
        const view = await ViewFixture.make(store, names, ONE_OF_EACH);
        await view.commit(...KEPT[type].map((value, id) => view.change('insert', { id, [type]: value })));
        const rows = await view.get(...KEPT[type].map((_, id) => ({ id })));
        assert.deepEqual(
          rows.map((row) => row?.[type]),
          KEPT[type],
        );
        assert.deepEqual(
          (await view.scan()).map((row) => row[type]),
          KEPT[type],
        );
      });

      suite.it(`of type ${type} refuse what they could not give back, and nothing is written`, async ({ store, names }) => {
        const view = await ViewFixture.make(store, names, ONE_OF_EACH);
        const before = await view.renewedAt();
        for (const [at, value] of REFUSED[type].entries()) {
          const batch = await view.open();
          const changes = [view.change('upsert', { id: 1 }), view.change('upsert', { id: 2, [type]: value })];
          const error = await rejectsWith('VIEW_VALUE_INVALID', batch.commit(changes, view.advance));
          assert.deepEqual([error.details['table'], error.details['column']], [view.table.name, type], `value ${at}`);
        }
        assert.deepEqual(await view.scan(), []);
        assert.equal(await view.renewedAt(), before);
      });
    }

    suite.it('are null where nothing was given, in the order of the definition', async ({ store, names }) => {
      const view = await ViewFixture.make(store, names, ONE_OF_EACH);
      await view.commit(view.change('insert', { id: 1 }), view.change('upsert', { id: 2, json: null, string: null }));
      const nulls = { string: null, integer: null, number: null, boolean: null, timestamp: null, json: null };
      assert.deepEqual(await view.scan(), [
        { id: 1, ...nulls },
        { id: 2, ...nulls },
      ]);
      assert.deepEqual(Object.keys((await view.get({ id: 1 }))[0]!), Object.keys(ONE_OF_EACH.columns));
    });

    suite.it('may be named by words of SQL and of JavaScript', async ({ store, names }) => {
      const columns = { select: 'string', order: 'integer', constructor: 'json', toString: 'boolean', Key: 'string' } as const;
      const view = await ViewFixture.make(store, names, { columns, key: ['select'] });
      await view.commit(
        view.change('insert', { select: 'a', order: 1 }),
        view.change('upsert', { select: 'a', constructor: [1], Key: 'k' }),
      );
      const row = (await view.get({ select: 'a' }))[0]!;
      assert.deepEqual(Object.entries(row), Object.entries({ select: 'a', order: 1, constructor: [1], toString: null, Key: 'k' }));
    });

    suite.it('that are not in the table are refused, as are keys with a part missing or null', async ({ store, names }) => {
      const view = await ViewFixture.make(store, names, { columns: { a: 'string', b: 'integer', n: 'number' }, key: ['a', 'b'] });
      for (const row of [{ a: 'x', b: 1, other: 1 }, { a: 'x' }, { a: 'x', b: null }, { b: 1 }, { a: 1, b: 1 }, {}]) {
        for (const kind of ['insert', 'upsert', 'update', 'delete'] as const)
          await rejectsWith('VIEW_VALUE_INVALID', view.commit(view.change(kind, row)));
        await rejectsWith('VIEW_VALUE_INVALID', view.get(row));
      }
      assert.deepEqual(await view.scan(), []);
    });
  });
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
