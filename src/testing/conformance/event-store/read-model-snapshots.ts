import assert from 'node:assert/strict';
import type { ReadModelBatch, Row } from '../../../event-store/read-models.js';
import { HANDLER_STARTS, SYSTEM_TABLES } from '../../../event-store/system-tables.js';
import { collect, rejectsWith } from './assertions.js';
import { newEvents, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

export function describeReadModelSnapshots(suite: Suite): void {
  suite.describe('read models beside batches', () => {
    describeSystemTables(suite);
    describeSnapshots(suite);
    describeAppendsWithRows(suite);
  });
}

function describeSystemTables(suite: Suite): void {
  suite.it('have the system tables, to be read and written like others', async ({ store, names }) => {
    const consumer = names.next('projector');
    for (const table of SYSTEM_TABLES) {
      const [key] = table.key as [string];
      assert.deepEqual(await collect(store.readModels.scan(table, { [key]: consumer })), []);
    }
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.commit([{ kind: 'insert', table: HANDLER_STARTS, row: { consumer, shard: 3, starts: 1 } }]);
    const [row] = await store.readModels.get(HANDLER_STARTS, [{ consumer, shard: 3 }]);
    assert.equal(row?.['starts'], 1);
    await rejectsWith('OPTION_INVALID', store.readModels.dropTables([HANDLER_STARTS]));
  });

  suite.it('let one of two writers win who read the same row and write without a cursor', async ({ store, names }) => {
    const consumer = names.next('projector');
    const key = { consumer, shard: 0 };
    const put = async (batch: ReadModelBatch, starts: number): Promise<void> =>
      batch.commit([{ kind: 'upsert', table: HANDLER_STARTS, row: { ...key, starts } }]);
    const outcomes = await Promise.allSettled(
      [1, 2].map(async (starts) => {
        const batch = await store.readModels.openBatch({ rows: 'shared' });
        const [before] = await batch.get(HANDLER_STARTS, [key]);
        if (before !== undefined) return batch.abandon();
        return put(batch, starts);
      }),
    );
    const [row] = await store.readModels.get(HANDLER_STARTS, [key]);
    const winners = outcomes.flatMap(({ status }, at) => (status === 'fulfilled' ? [at + 1] : []));
    assert.ok(winners.includes(Number(row?.['starts'])), JSON.stringify({ row, outcomes }));
  });

  suite.it('drop tables, missing ones too, and make them anew', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', n: 1 }));
    await store.readModels.dropTables([view.table]);
    await store.readModels.dropTables([view.table]);
    await store.readModels.ensureTables([view.table]);
    assert.deepEqual(await view.scan(), []);
  });
}

function describeSnapshots(suite: Suite): void {
  suite.it('show a snapshot one instant of rows and cursors, whatever is written after it', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    for (let at = 0; at < 3; at++) await view.commit(view.change('insert', { id: `r${at}`, n: at }));
    const snapshot = await store.readModels.openSnapshot();
    try {
      const before = await snapshot.cursors(view.advance.consumer);
      await view.commit(view.change('update', { id: 'r1', n: 100 }), view.change('insert', { id: 'r9', n: 9 }));
      await view.commit(view.change('delete', { id: 'r0' }));
      const rows: Row[] = await collect(snapshot.scan(view.table));
      assert.deepEqual(
        rows.map((row) => [row['id'], row['n']]),
        [
          ['r0', 0],
          ['r1', 1],
          ['r2', 2],
        ],
      );
      assert.deepEqual(await snapshot.cursors(view.advance.consumer), before);
      assert.deepEqual(
        (await view.scan()).map((row) => row['id']),
        ['r1', 'r2', 'r9'],
      );
    } finally {
      await snapshot.close();
      await snapshot.close();
    }
  });

  suite.it('scan a snapshot of many rows in key order, also by a prefix', async ({ store, names }) => {
    const shape = { columns: { kind: 'string', n: 'integer' }, key: ['kind', 'n'] } as const;
    const view = await ViewFixture.make(store, names, shape);
    const rows = Array.from({ length: 700 }, (_, n) => ({ kind: n % 2 === 0 ? 'even' : 'odd', n }));
    await view.commit(...rows.map((row) => view.change('insert', row)));
    const snapshot = await store.readModels.openSnapshot();
    const odd = await collect(snapshot.scan(view.table, { kind: 'odd' }));
    assert.deepEqual(
      odd.map((row) => row['n']),
      rows.filter(({ kind }) => kind === 'odd').map(({ n }) => n),
    );
    assert.equal((await collect(snapshot.scan(view.table))).length, 700);
    await snapshot.close();
  });
}

function describeAppendsWithRows(suite: Suite): void {
  suite.it('take rows in the commit of an append, and none for a repeat', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const streamId = names.next();
    const request = { writes: [writeOf(streamId, 'none', newEvents(names, 1))], changes: [view.change('insert', { id: 'a', n: 1 })] };
    const first = await store.append(request);
    await view.commit(view.change('update', { id: 'a', n: 2 }));
    assert.deepEqual(await store.append(request), { ...first, repeated: true });
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 2 }]);
  });

  suite.it('take no rows of an append that conflicts, and no events with a row that is refused', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const streamId = names.next();
    await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))] });
    const conflicting = { writes: [writeOf(streamId, 'none', newEvents(names, 1))], changes: [view.change('insert', { id: 'a' })] };
    await rejectsWith('VERSION_CONFLICT', store.append(conflicting));
    assert.deepEqual(await view.scan(), []);
    await view.commit(view.change('insert', { id: 'a', n: 1 }));
    const writes = [writeOf(streamId, 1, newEvents(names, 1))];
    await rejectsWith('VIEW_ROW_EXISTS', store.append({ writes, changes: [view.change('insert', { id: 'a' })] }));
    await rejectsWith('VIEW_ROW_MISSING', store.append({ writes, changes: [view.change('update', { id: 'b', n: 1 })] }));
    assert.equal((await readAll(store, streamId)).length, 1);
  });
}
