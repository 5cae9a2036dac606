import assert from 'node:assert/strict';
import type { EventspanError } from '../../../errors/eventspan-error.js';
import { formatPosition, type Position } from '../../../event-store/position.js';
import type { RowChange } from '../../../event-store/read-models.js';
import { rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

const POSITION: Position = formatPosition({ commitTime: '2026-01-01T00:00:00.000000000Z', commitIndex: 0, streamId: 's', version: 1 });

export function describeReadModelChanges(suite: Suite): void {
  suite.describe('read-model batches', () => {
    describeKinds(suite);
    describeSeveralChanges(suite);
    describeAtomicity(suite);
    describeReadsOfABatch(suite);
    describeSharedRows(suite);
  });
}

function describeKinds(suite: Suite): void {
  suite.it('insert a row that is not there, and refuse one that is', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', name: 'first', n: 1 }));
    const error: EventspanError = await rejectsWith('VIEW_ROW_EXISTS', view.commit(view.change('insert', { id: 'a', name: 'second' })));
    assert.deepEqual([error.details['table'], error.details['key']], [view.table.name, '["a"]']);
    assert.deepEqual(await view.scan(), [{ id: 'a', name: 'first', n: 1 }]);
  });

  suite.it('upsert a row: make it, then set the named columns and leave the others', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('upsert', { id: 'a', name: 'first' }));
    await view.commit(view.change('upsert', { id: 'a', n: 2 }));
    await view.commit(view.change('upsert', { id: 'b' }));
    await view.commit(view.change('upsert', { id: 'a' }));
    assert.deepEqual(await view.scan(), [
      { id: 'a', name: 'first', n: 2 },
      { id: 'b', name: null, n: null },
    ]);
    await view.commit(view.change('upsert', { id: 'a', name: null }));
    assert.deepEqual(await view.get({ id: 'a' }), [{ id: 'a', name: null, n: 2 }]);
  });

  suite.it('update a row that is there, and refuse one that is not', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', name: 'first', n: 1 }));
    await view.commit(view.change('update', { id: 'a', n: 2 }));
    await view.commit(view.change('update', { id: 'a', n: 2 }));
    await view.commit(view.change('update', { id: 'a' }));
    const error = await rejectsWith('VIEW_ROW_MISSING', view.commit(view.change('update', { id: 'b', n: 1 })));
    assert.deepEqual([error.details['table'], error.details['key']], [view.table.name, '["b"]']);
    await rejectsWith('VIEW_ROW_MISSING', view.commit(view.change('update', { id: 'b' })));
    assert.deepEqual(await view.scan(), [{ id: 'a', name: 'first', n: 2 }]);
  });

  suite.it('delete a row, and do not mind one that is not there', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a' }), view.change('insert', { id: 'b' }));
    await view.commit(view.change('delete', { id: 'a' }), view.change('delete', { id: 'never' }));
    assert.deepEqual(await view.scan(), [{ id: 'b', name: null, n: null }]);
  });
}

function describeSeveralChanges(suite: Suite): void {
  suite.it('apply changes of one row in their order', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const run = async (...changes: readonly (readonly [RowChange['kind'], object])[]): Promise<void> =>
      view.commit(...changes.map(([kind, row]) => view.change(kind, { id: 'a', ...row })));
    await run(['insert', { n: 1 }], ['update', { n: 2 }], ['upsert', { name: 'x' }]);
    assert.deepEqual(await view.scan(), [{ id: 'a', name: 'x', n: 2 }]);
    await run(['delete', {}], ['insert', { n: 3 }]);
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 3 }]);
    await run(['delete', {}], ['upsert', { name: 'y' }], ['delete', {}]);
    assert.deepEqual(await view.scan(), []);
    await run(['upsert', { n: 4 }], ['upsert', { n: 5 }]);
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 5 }]);
  });

  suite.it('take as many changes as a batch of events makes', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const ids = Array.from({ length: 300 }, (_, at) => String(at).padStart(4, '0'));
    await view.commit(...ids.map((id, n) => view.change('upsert', { id, n })));
    assert.deepEqual(
      (await view.scan()).map(({ id, n }) => [id, n]),
      ids.map((id, n) => [id, n]),
    );
  });

  suite.it('change rows of several tables together', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const other = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a' }), other.change('insert', { id: 'a', n: 1 }));
    assert.equal((await view.scan()).length, 1);
    await rejectsWith('VIEW_ROW_EXISTS', view.commit(view.change('upsert', { id: 'a', n: 9 }), other.change('insert', { id: 'a' })));
    assert.deepEqual(
      [...(await view.scan()), ...(await other.scan())].map(({ n }) => n),
      [null, 1],
    );
  });
}

function describeAtomicity(suite: Suite): void {
  suite.it('move the cursor with the rows', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const batch = await view.open();
    await batch.commit([view.change('insert', { id: 'a' })], { ...view.advance, position: POSITION });
    const { cursors } = await store.cursors.read(view.advance.consumer);
    assert.deepEqual(
      cursors.map(({ position, token, owner }) => [position, token, owner]),
      [[POSITION, 1, 'one']],
    );
    await (await view.open()).commit([], view.advance);
    assert.equal((await store.cursors.read(view.advance.consumer)).cursors[0]?.position, POSITION);
  });

  suite.it('whose token is spent write no rows', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await store.cursors.take(view.advance.consumer, 'two', [{ shard: 0, token: 1 }]);
    const before = await view.renewedAt();
    for (const rows of ['stream', 'shared'] as const) {
      const batch = await view.open(rows);
      await rejectsWith('CURSOR_LOST', batch.commit([view.change('insert', { id: 'a' })], view.advance));
    }
    assert.deepEqual(await view.scan(), []);
    assert.equal(await view.renewedAt(), before);
  });

  suite.it('with a change that is refused write no rows and leave the cursor', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'there', n: 1 }));
    const before = await view.renewedAt();
    const refused = [view.change('insert', { id: 'there' }), view.change('update', { id: 'missing' })];
    for (const rows of ['stream', 'shared'] as const) {
      for (const change of refused) {
        const changes = [view.change('upsert', { id: 'there', n: 2 }), view.change('insert', { id: 'new' }), change];
        const batch = await view.open(rows);
        await rejectsWith(change.kind === 'insert' ? 'VIEW_ROW_EXISTS' : 'VIEW_ROW_MISSING', batch.commit(changes, view.advance));
      }
    }
    assert.deepEqual(await view.scan(), [{ id: 'there', name: null, n: 1 }]);
    assert.equal(await view.renewedAt(), before);
  });

  suite.it('that are abandoned change nothing, and cannot be committed', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    for (const rows of ['stream', 'shared'] as const) {
      const before = await view.renewedAt();
      const batch = await view.open(rows);
      await batch.get(view.table, [{ id: 'a' }]);
      await batch.abandon();
      await rejectsWith('STORE_FAILED', batch.commit([view.change('insert', { id: 'a' })], view.advance));
      assert.deepEqual(await view.scan(), []);
      assert.equal(await view.renewedAt(), before);
    }
  });
}

function describeReadsOfABatch(suite: Suite): void {
  for (const rows of ['stream', 'shared'] as const) {
    suite.it(`read rows as they are stored, in the order of the keys (${rows})`, async ({ store, names }) => {
      const view = await ViewFixture.make(store, names);
      await view.commit(view.change('insert', { id: 'a', n: 1 }), view.change('insert', { id: 'b', n: 2 }));
      const batch = await view.open(rows);
      const found = await batch.get(view.table, [{ id: 'b' }, { id: 'none' }, { id: 'a' }, { id: 'b' }]);
      assert.deepEqual(
        found.map((row) => row?.['n']),
        [2, undefined, 1, 2],
      );
      await batch.commit([view.change('update', { id: 'a', n: 10 }), view.change('insert', { id: 'none', n: 3 })], view.advance);
      assert.deepEqual(
        (await view.scan()).map(({ n }) => n),
        [10, 2, 3],
      );
    });
  }

  suite.it('give copies: what a handler does to a row is not stored', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names, { columns: { id: 'string', at: 'timestamp', list: 'json' }, key: ['id'] });
    const row = { id: 'a', at: new Date(0), list: [1] };
    await view.commit(view.change('insert', row));
    row.at.setTime(5);
    row.list.push(2);
    const [first] = (await view.get({ id: 'a' })) as [typeof row];
    first.at.setTime(7);
    first.list.push(3);
    assert.deepEqual(await view.get({ id: 'a' }), [{ id: 'a', at: new Date(0), list: [1] }]);
  });
}

function describeSharedRows(suite: Suite): void {
  suite.it('of several writers that each add to one shared row lose no addition', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await Promise.all(Array.from({ length: 6 }, () => addOne(view)));
    assert.deepEqual(await view.get({ id: 'sum' }), [{ id: 'sum', name: null, n: 6 }]);
  });

  suite.it('that read a shared row which is not there notice when another makes it', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await Promise.all([addOne(view), addOne(view)]);
    assert.deepEqual(
      (await view.scan()).map(({ n }) => n),
      [2],
    );
  });
}

/** Reads the row, writes it with one more, and does so again from its beginning as often as it is aborted. */
async function addOne(view: ViewFixture): Promise<void> {
  while ((await addOnce(view)) === 'aborted');
}

/** A store may abort the loser at its commit, or already at its read. */
async function addOnce(view: ViewFixture): Promise<'committed' | 'aborted'> {
  const batch = await view.open('shared');
  try {
    const [row] = await batch.get(view.table, [{ id: 'sum' }]);
    await batch.commit([view.change('upsert', { id: 'sum', n: ((row?.['n'] as number | undefined) ?? 0) + 1 })], view.advance);
    return 'committed';
  } catch (error) {
    await batch.abandon();
    if ((error as EventspanError).code === 'BATCH_ABORTED') return 'aborted';
    throw error;
  }
}
