import assert from 'node:assert/strict';
import type { RowRange } from '../../../event-store/read-models.js';
import { rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

const PLACES = { columns: { shard: 'integer', at: 'timestamp', id: 'string', n: 'integer' }, key: ['shard', 'at', 'id'] } as const;
const at = (second: number): Date => new Date(second * 1_000);

export function describeReadModelRanges(suite: Suite): void {
  suite.describe('ranges of read-model rows', () => {
    suite.it('hold the rows from the first to the last of their keys, both inclusive, in key order', async ({ store, names }) => {
      const view = await placesOf(3, await ViewFixture.make(store, names, PLACES));
      const read = async (limit: number, ...ranges: RowRange[]): Promise<string[]> => {
        const rows = await store.readModels.readRanges(view.table, ranges, { limit });
        return rows.map(({ id, n }) => `${String(id)}:${String(n)}`);
      };
      const upTo = (shard: number, second: number): RowRange => ({ from: { shard }, upTo: { shard, at: at(second) } });
      assert.deepEqual(await read(100, upTo(2, 1), upTo(0, 1)), ['a:0', 'b:0', 'a:2', 'b:2']);
      assert.deepEqual(await read(3, upTo(2, 1), upTo(0, 1)), ['a:0', 'b:0', 'a:2']);
      assert.deepEqual(await read(2, upTo(2, 1), upTo(0, 1)), ['a:0', 'b:0']);
      assert.deepEqual(await read(100, { from: { shard: 1, at: at(2) }, upTo: { shard: 1, at: at(2), id: 'a' } }), ['a:1']);
      assert.deepEqual(await read(100, { from: { shard: 1, at: at(2), id: 'aa' }, upTo: { shard: 2, at: at(1), id: 'a' } }), [
        'b:1',
        'a:2',
      ]);
      assert.equal((await read(100, { from: {}, upTo: {} })).length, 12);
      assert.deepEqual(await read(100, upTo(7, 9)), []);
      assert.deepEqual(await read(100), []);
    });

    suite.it('are read as they are at the end of the last commit', async ({ store, names, reopen }) => {
      const view = await placesOf(1, await ViewFixture.make(store, names, PLACES));
      const other = await reopen();
      await view.commit(view.change('delete', { shard: 0, at: at(1), id: 'a' }));
      const rows = await other.readModels.readRanges(view.table, [{ from: { shard: 0 }, upTo: { shard: 0 } }], { limit: 10 });
      assert.deepEqual(rows[0], { shard: 0, at: at(1), id: 'b', n: 0 });
      assert.equal(rows.length, 3);
    });

    suite.it('are refused where their ends are not the beginning of a key', async ({ store, names }) => {
      const { table } = await ViewFixture.make(store, names, PLACES);
      const readRanges = (range: RowRange, limit = 1): Promise<unknown> => store.readModels.readRanges(table, [range], { limit });
      await rejectsWith('VIEW_VALUE_INVALID', readRanges({ from: { at: at(1) }, upTo: {} }));
      await rejectsWith('VIEW_VALUE_INVALID', readRanges({ from: {}, upTo: { shard: 'x' } }));
      await rejectsWith('OPTION_INVALID', readRanges({ from: {}, upTo: {} }, 0));
      await rejectsWith('OPTION_INVALID', readRanges({ from: {}, upTo: {} }, 10_001));
    });
  });
}

/** Rows `a` and `b` at the seconds 1 and 2 of each shard. */
async function placesOf(shards: number, view: ViewFixture): Promise<ViewFixture> {
  const rows = Array.from({ length: shards }, (_, shard) =>
    [1, 2].flatMap((second) => ['a', 'b'].map((id) => ({ shard, at: at(second), id, n: shard }))),
  );
  await view.commit(...rows.flat().map((row) => view.change('insert', row)));
  return view;
}
