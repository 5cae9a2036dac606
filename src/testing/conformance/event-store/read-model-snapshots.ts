import assert from 'node:assert/strict';
import type { Row } from '../../../event-store/read-models.js';
import { collect, rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { THINGS, ViewFixture } from './view-fixture.js';

export function describeReadModelSnapshots(suite: Suite): void {
  suite.describe('snapshots of read models', () => {
    describeInstant(suite);
    describeScans(suite);
  });
}

function describeInstant(suite: Suite): void {
  suite.it('show rows and cursors of one instant, whatever is written after it, by whomever', async ({ store, names, reopen }) => {
    const view = await ViewFixture.make(store, names);
    for (let at = 0; at < 3; at++) await view.commit(view.change('insert', { id: `r${at}`, n: at }));
    const snapshot = await store.readModels.openSnapshot();
    try {
      const { cursors } = await store.cursors.read(view.advance.consumer);
      await view.commit(view.change('update', { id: 'r1', n: 100 }), view.change('insert', { id: 'r9', n: 9 }));
      await (await (await reopen()).readModels.openBatch({ rows: 'stream' })).commit([view.change('delete', { id: 'r0' })], view.advance);
      assert.deepEqual(await collect(snapshot.scan(view.table)), [
        { id: 'r0', name: null, n: 0 },
        { id: 'r1', name: null, n: 1 },
        { id: 'r2', name: null, n: 2 },
      ]);
      assert.deepEqual(await snapshot.cursors(view.advance.consumer), cursors);
      assert.deepEqual(
        (await view.scan()).map((row) => row['id']),
        ['r1', 'r2', 'r9'],
      );
    } finally {
      await snapshot.close();
    }
  });

  suite.it('see what was committed before them, each at its own instant', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const counts: number[] = [];
    const earlier = await store.readModels.openSnapshot();
    for (let at = 0; at < 3; at++) {
      await view.commit(view.change('insert', { id: `r${at}` }));
      const snapshot = await store.readModels.openSnapshot();
      await view.commit(view.change('upsert', { id: 'last', n: at }));
      counts.push((await collect(snapshot.scan(view.table))).length);
      await snapshot.close();
    }
    assert.deepEqual([...counts, (await collect(earlier.scan(view.table))).length], [1, 3, 4, 0]);
    await earlier.close();
    await earlier.close();
  });

  suite.it('have no cursors of a consumer that nobody is, and no table that nobody made', async ({ store, names }) => {
    const snapshot = await store.readModels.openSnapshot();
    assert.deepEqual(await snapshot.cursors(names.next('nobody')), []);
    await rejectsWith('OPTION_INVALID', snapshot.cursors(''));
    await rejectsWith('STORE_FAILED', collect(snapshot.scan({ ...THINGS, name: names.table() })));
    await snapshot.close();
  });
}

function describeScans(suite: Suite): void {
  const shape = { columns: { kind: 'string', n: 'integer' }, key: ['kind', 'n'] } as const;
  const rows = Array.from({ length: 700 }, (_, n) => ({ kind: n % 2 === 0 ? 'even' : 'odd', n }));
  const ofKind = (kind: string): Row[] => rows.filter((row) => row.kind === kind);

  suite.it('are scanned in key order, also by a prefix', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names, shape);
    await view.commit(...rows.toReversed().map((row) => view.change('insert', row)));
    const snapshot = await store.readModels.openSnapshot();
    assert.deepEqual(await collect(snapshot.scan(view.table, { kind: 'odd' })), ofKind('odd'));
    assert.deepEqual(await collect(snapshot.scan(view.table)), [...ofKind('even'), ...ofKind('odd')]);
    assert.deepEqual(await collect(snapshot.scan(view.table, { kind: 'none' })), []);
    await rejectsWith('VIEW_VALUE_INVALID', collect(snapshot.scan(view.table, { n: 1 })));
    await snapshot.close();
  });

  suite.it('are scanned whole while rows before and after the place are written, and may be left early', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names, shape);
    await view.commit(...rows.map((row) => view.change('insert', row)));
    const snapshot = await store.readModels.openSnapshot();
    const found: Row[] = [];
    for await (const row of snapshot.scan(view.table)) {
      found.push(row);
      if (found.length !== 300) continue;
      await view.commit(...rows.slice(0, 100).map((old) => view.change('delete', old)), view.change('insert', { kind: 'odd', n: 10_000 }));
    }
    assert.deepEqual(found, [...ofKind('even'), ...ofKind('odd')]);
    for await (const row of snapshot.scan(view.table)) {
      assert.deepEqual(row, rows[0]);
      break;
    }
    await snapshot.close();
  });
}
