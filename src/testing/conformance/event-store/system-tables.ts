import assert from 'node:assert/strict';
import { isEventspanError } from '../../../errors/eventspan-error.js';
import type { EventStore } from '../../../event-store/event-store.js';
import type { Row } from '../../../event-store/read-models.js';
import { HANDLER_STARTS, SYSTEM_TABLES } from '../../../event-store/system-tables.js';
import { collect, rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

export function describeSystemTables(suite: Suite): void {
  suite.describe('system tables', () => {
    describeUse(suite);
    describeCompareAndSet(suite);
  });
}

function describeUse(suite: Suite): void {
  suite.it('are there from the beginning, each with its columns', async ({ store, names }) => {
    await store.readModels.ensureTables(SYSTEM_TABLES);
    for (const table of SYSTEM_TABLES) {
      const [key] = table.key as [string];
      const nobody = table.columns[key] === 'string' ? names.next('nobody') : -1;
      assert.deepEqual(await collect(store.readModels.scan(table, { [key]: nobody })), []);
    }
  });

  suite.it('are written with rows of other tables and a cursor in one commit', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const { consumer } = view.advance;
    const mark = { kind: 'insert', table: HANDLER_STARTS, row: { consumer, shard: 0, starts: 1, started_at: new Date(5) } } as const;
    await view.commit(view.change('insert', { id: 'a' }), mark);
    const [row] = await store.readModels.get(HANDLER_STARTS, [{ consumer, shard: 0 }]);
    assert.deepEqual(row, { consumer, shard: 0, position: null, starts: 1, started_at: new Date(5) });
    await rejectsWith('VIEW_ROW_EXISTS', view.commit(view.change('insert', { id: 'b' }), mark));
    assert.equal((await view.scan()).length, 1);
  });

  suite.it('are not dropped, whoever defines them, nor any table named with them', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    for (const table of [HANDLER_STARTS, { ...HANDLER_STARTS }, { ...HANDLER_STARTS, name: 'EVENTS' }]) {
      await rejectsWith('OPTION_INVALID', store.readModels.dropTables([view.table, table]));
    }
    assert.deepEqual(await view.scan(), []);
  });
}

/** What the state of a projection is moved with: a row that is read, then written if nobody wrote it meanwhile; no cursor is at hand. */
function describeCompareAndSet(suite: Suite): void {
  for (const rows of ['stream', 'shared'] as const) {
    suite.it(`are written without a cursor, all or nothing (${rows})`, async ({ store, names }) => {
      const consumer = names.next('projector');
      const put = async (...marks: readonly Row[]): Promise<void> => {
        const batch = await store.readModels.openBatch({ rows });
        await batch.commit(marks.map((row) => ({ kind: 'insert', table: HANDLER_STARTS, row })));
      };
      await put({ consumer, shard: 3, starts: 1 });
      await rejectsWith('VIEW_ROW_EXISTS', put({ consumer, shard: 4, starts: 1 }, { consumer, shard: 3, starts: 2 }));
      const found = await collect(store.readModels.scan(HANDLER_STARTS, { consumer }));
      assert.deepEqual(
        found.map(({ shard, starts }) => [shard, starts]),
        [[3, 1]],
      );
    });
  }

  suite.it('let one of several writers make a row that none of them found', async ({ store, names }) => {
    const key = { consumer: names.next('projector'), shard: 0 };
    const won = await Promise.all([1, 2, 3].map((to) => compareAndSet(store, key, { from: undefined, to })));
    assert.deepEqual(won.filter(Boolean), [true]);
    assert.equal(await startsOf(store, key), won.indexOf(true) + 1);
  });

  suite.it('let one of several writers change a row from what all of them found', async ({ store, names, reopen }) => {
    const key = { consumer: names.next('projector'), shard: 0 };
    const stores = [store, await reopen()];
    await compareAndSet(store, key, { from: undefined, to: 0 });
    for (let from = 0; from < 3; from++) {
      const won = await Promise.all([0, 1, 2].map((at) => compareAndSet(stores[at % 2]!, key, { from, to: from + 1 })));
      assert.deepEqual(won.filter(Boolean), [true]);
      assert.equal(await startsOf(store, key), from + 1);
    }
  });
}

/** Whether the row was at `from`, and is at `to` by this call. Runs again as often as it is aborted. */
async function compareAndSet(
  store: EventStore,
  key: Row,
  { from, to }: { readonly from: number | undefined; readonly to: number },
): Promise<boolean> {
  for (;;) {
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    try {
      const [row] = await batch.get(HANDLER_STARTS, [key]);
      if (row?.['starts'] !== from) return false;
      await batch.commit([{ kind: 'upsert', table: HANDLER_STARTS, row: { ...key, starts: to } }]);
      return true;
    } catch (error) {
      if (!isEventspanError(error, 'BATCH_ABORTED')) throw error;
    } finally {
      await batch.abandon();
    }
  }
}

async function startsOf(store: EventStore, key: Row): Promise<unknown> {
  const [row] = await store.readModels.get(HANDLER_STARTS, [key]);
  return row?.['starts'];
}
