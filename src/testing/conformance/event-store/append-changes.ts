import assert from 'node:assert/strict';
import { formatPosition, type Position } from '../../../event-store/position.js';
import { rejectsWith } from './assertions.js';
import { closingEvent } from './closed-streams.js';
import { newEvents, newStream, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import { ViewFixture } from './view-fixture.js';

const POSITION: Position = formatPosition({ commitTime: '2026-01-01T00:00:00.000000000Z', commitIndex: 0, streamId: 's', version: 1 });

export function describeAppendChanges(suite: Suite): void {
  suite.describe('rows in the commit of an append', () => {
    describeWritten(suite);
    describeNotWritten(suite);
  });
  describeAdvances(suite);
  describeBatches(suite);
}

function describeWritten(suite: Suite): void {
  suite.it('are written once, and not again by a repeat', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const request = {
      writes: [writeOf(names.next(), 'none', newEvents(names, 1))],
      changes: [view.change('insert', { id: 'a', n: 1 })],
    };
    const first = await store.append(request);
    await view.commit(view.change('update', { id: 'a', n: 2 }));
    assert.deepEqual(await store.append(request), { ...first, repeated: true });
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 2 }]);
  });

  for (const expected of ['any', 'exists', 2] as const) {
    suite.it(`are applied in their order, beside events of several streams (${expected})`, async ({ store, names }) => {
      const view = await ViewFixture.make(store, names);
      const { streamId } = await newStream(store, names, 2);
      await view.commit(view.change('insert', { id: 'old', n: 1 }), view.change('insert', { id: 'gone' }));
      const writes = [writeOf(streamId, expected, newEvents(names, 1)), writeOf(names.next(), 'none', newEvents(names, 1))];
      const changes = [
        view.change('insert', { id: 'new', n: 1 }),
        view.change('update', { id: 'new', name: 'x' }),
        view.change('update', { id: 'old', n: 2 }),
        view.change('delete', { id: 'gone' }),
        view.change('upsert', { id: 'other' }),
      ];
      await store.append({ writes, changes });
      assert.deepEqual(await view.scan(), [
        { id: 'new', name: 'x', n: 1 },
        { id: 'old', name: null, n: 2 },
        { id: 'other', name: null, n: null },
      ]);
    });
  }

  suite.it('are written once by the name of an append, also of one without events', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const request = { key: names.next('key'), writes: [], changes: [view.change('insert', { id: 'a', n: 1 })] };
    const first = await store.append(request);
    assert.deepEqual(await store.append(request), { ...first, repeated: true });
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 1 }]);
  });
}

function describeNotWritten(suite: Suite): void {
  suite.it('are not written where the events conflict, or their stream is closed', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const changes = [view.change('insert', { id: 'a' })];
    const { streamId } = await newStream(store, names, 1);
    await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))], changes }));
    await store.append({ writes: [writeOf(streamId, 1, [closingEvent(names)])] });
    await rejectsWith('STREAM_CLOSED', store.append({ writes: [writeOf(streamId, 2, newEvents(names, 1))], changes }));
    assert.deepEqual(await view.scan(), []);
  });

  suite.it('that are refused take the events with them', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    await view.commit(view.change('insert', { id: 'a', n: 1 }));
    const { streamId } = await newStream(store, names, 1);
    const refused = [
      ['VIEW_ROW_EXISTS', view.change('insert', { id: 'a' })],
      ['VIEW_ROW_MISSING', view.change('update', { id: 'b', n: 1 })],
      ['VIEW_VALUE_INVALID', view.change('upsert', { id: 'c', n: 1.5 })],
    ] as const;
    for (const expected of [1, 'any'] as const) {
      for (const [code, change] of refused) {
        const request = {
          writes: [writeOf(streamId, expected, newEvents(names, 1))],
          changes: [view.change('upsert', { id: 'd' }), change],
        };
        await rejectsWith(code, store.append(request));
      }
    }
    assert.equal((await readAll(store, streamId)).length, 1);
    assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 1 }]);
  });

  suite.it('that were refused may be corrected: the append has not happened', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const writes = [writeOf(names.next(), 'none', newEvents(names, 1))];
    await rejectsWith('VIEW_ROW_MISSING', store.append({ writes, changes: [view.change('update', { id: 'a', n: 1 })] }));
    const { repeated } = await store.append({ writes, changes: [view.change('upsert', { id: 'a', n: 1 })] });
    assert.deepEqual([repeated, (await view.scan()).length], [false, 1]);
  });
}

function describeAdvances(suite: Suite): void {
  suite.describe('a cursor in the commit of an append', () => {
    for (const expected of ['none', 'any'] as const) {
      suite.it(`is moved with the events and rows, and not again by a repeat (${expected})`, async ({ store, names }) => {
        const view = await ViewFixture.make(store, names);
        const streamId = names.next();
        const advance = { ...view.advance, position: POSITION };
        const writes = [writeOf(streamId, expected, newEvents(names, 1))];
        const request = { writes, changes: [view.change('insert', { id: 'a' })], advance };
        const first = await store.append(request);
        const moved = await store.cursors.read(advance.consumer);
        assert.equal(moved.cursors[0]?.position, POSITION);
        assert.deepEqual(await store.append(request), { ...first, repeated: true });
        assert.deepEqual((await store.cursors.read(advance.consumer)).cursors, moved.cursors);
        assert.deepEqual([(await readAll(store, streamId)).length, (await view.scan()).length], [1, 1]);
      });
    }

    suite.it('whose token is spent takes events and rows with it', async ({ store, names }) => {
      const view = await ViewFixture.make(store, names);
      await store.cursors.take(view.advance.consumer, 'other', [{ shard: 0, token: 1 }]);
      const { streamId } = await newStream(store, names, 1);
      for (const expected of [1, 'any', 'exists'] as const) {
        const writes = [writeOf(streamId, expected, newEvents(names, 1))];
        const request = { writes, changes: [view.change('insert', { id: 'a' })], advance: { ...view.advance, position: POSITION } };
        await rejectsWith('CURSOR_LOST', store.append(request));
      }
      assert.deepEqual([(await readAll(store, streamId)).length, await view.scan()], [1, []]);
      assert.equal((await store.cursors.read(view.advance.consumer)).cursors[0]?.position, undefined);
    });

    suite.it('is not moved where the events conflict or a row is refused', async ({ store, names }) => {
      const view = await ViewFixture.make(store, names);
      const { streamId } = await newStream(store, names, 1);
      const advance = { ...view.advance, position: POSITION };
      await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))], advance }));
      const changes = [view.change('update', { id: 'missing', n: 1 })];
      await rejectsWith('VIEW_ROW_MISSING', store.append({ writes: [writeOf(streamId, 1, newEvents(names, 1))], changes, advance }));
      assert.equal((await store.cursors.read(advance.consumer)).cursors[0]?.position, undefined);
    });
  });
}

function describeBatches(suite: Suite): void {
  for (const rows of ['shared', 'stream'] as const) {
    suite.it(`a batch with rows '${rows}' appends events, rows and the cursor in one commit`, async ({ store, names }) => {
      const view = await ViewFixture.make(store, names);
      const consumer = names.next('consumer');
      const [cursor] = await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
      const batch = await store.readModels.openBatch({ rows });
      assert.deepEqual(await batch.get(view.table, [{ id: 'a' }]), [undefined]);
      const write = writeOf(names.next(), 'none', newEvents(names, 2));
      const advance = { consumer, shard: 0, token: cursor?.token ?? 0, position: POSITION };
      const request = { writes: [write], changes: [view.change('insert', { id: 'a', n: 1 })], advance };
      const result = await batch.append(request);
      assert.equal(result.streams[0]?.lastVersion, 2);
      assert.deepEqual(await view.scan(), [{ id: 'a', name: null, n: 1 }]);
      assert.equal((await store.cursors.read(consumer)).cursors[0]?.position, POSITION);
      await rejectsWith('STORE_FAILED', batch.append(request));
      const again = await store.readModels.openBatch({ rows });
      assert.deepEqual(await again.append(request), { ...result, repeated: true });
    });
  }

  suite.it("a batch with rows 'shared' appends nothing where a row that it read has changed", async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(view.table, [{ id: 'a' }]);
    const other = view.commit(view.change('insert', { id: 'a', n: 1 }));
    const write = writeOf(names.next(), 'none', newEvents(names, 1));
    // Either the other one waits for this one, or this one is given up.
    const outcome = await batch.append({ writes: [write], changes: [view.change('upsert', { id: 'b', n: 2 })] }).then(
      () => 'appended',
      (error: unknown) => (error as { code?: string }).code,
    );
    await other;
    assert.equal((await readAll(store, write.streamId)).length, outcome === 'appended' ? 1 : 0);
    assert.ok(outcome === 'appended' || outcome === 'BATCH_ABORTED', String(outcome));
    assert.equal((await view.scan()).length, outcome === 'appended' ? 2 : 1);
  });

  suite.it('a batch appends nothing where its cursor is lost, or a stream is not where it is expected', async ({ store, names }) => {
    const view = await ViewFixture.make(store, names);
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    const write = writeOf(names.next(), 'none', newEvents(names, 1));
    const changes = [view.change('insert', { id: 'a', n: 1 })];
    for (const [code, request] of [
      ['CURSOR_LOST', { writes: [write], changes, advance: { consumer, shard: 0, token: 9, position: POSITION } }],
      ['VERSION_CONFLICT', { writes: [{ ...write, expectedVersion: 7 }], changes }],
    ] as const) {
      const batch = await store.readModels.openBatch({ rows: 'shared' });
      await batch.get(view.table, [{ id: 'a' }]);
      await rejectsWith(code, batch.append(request));
    }
    assert.deepEqual(await view.scan(), []);
    assert.deepEqual(await readAll(store, write.streamId), []);
  });
}
