import type { ReadModelSnapshot } from '../../src/event-store/read-models.js';
import type { EventToAppend } from '../../src/event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../../src/event-store/stream-closed.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { appendTo, newEvents, proxiedStore, table, type ProxiedStore } from './spanner-under-test.js';

describeWithEmulator('spanner', 'requests on the wire', () => {
  let made: ProxiedStore;
  beforeAll(async () => {
    made = await proxiedStore();
    // On the emulator the first transaction makes a session; real Spanner uses one session for all.
    await made.store.cursors.take(uniqueName('consumer'), 'me', [{ shard: 0, token: 0 }]);
  });
  afterAll(() => made.close());

  /** What `action` sends, counted by the proxy; and the adapter reports the same. */
  async function requestsOf(action: () => Promise<unknown>): Promise<Record<string, number>> {
    made.proxy.forget();
    const before = made.rpcs.count('test');
    await action();
    const seen = made.proxy.seen();
    const sum = Object.values(seen).reduce((total, count) => total + count, 0);
    expect(made.rpcs.count('test') - before).toBe(sum);
    return seen;
  }
  const caller = { caller: 'test' };

  it('an append with an exact version or "none" is one Commit, with any number of streams, a snapshot and a key', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    expect(await requestsOf(() => store.append(appendTo(stream, 'none', 3), caller))).toEqual({ Commit: 1 });
    expect(await requestsOf(() => store.append(appendTo(stream, 3), caller))).toEqual({ Commit: 1 });
    const writes = [0, 1, 2].map((at) => ({
      streamId: uniqueName(`s${at}`),
      expectedVersion: 'none' as const,
      events: newEvents(2),
      snapshot: '{}',
    }));
    expect(await requestsOf(() => store.append({ writes, key: uniqueName('key') }, caller))).toEqual({ Commit: 1 });
  });

  it('an append to "any" or "exists" reads the head first', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    expect(await requestsOf(() => store.append(appendTo(stream, 'any'), caller))).toEqual({ StreamingRead: 1, Commit: 1 });
    expect(await requestsOf(() => store.append(appendTo(stream, 'exists'), caller))).toEqual({ StreamingRead: 1, Commit: 1 });
  });

  it('a conflict and a repeat cost one Read more', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    const request = appendTo(stream, 'none', 2);
    await store.append(request);
    expect(await requestsOf(() => store.append(request, caller))).toEqual({ Commit: 1, StreamingRead: 1 });
    const tooLow = (): Promise<void> => expect(store.append(appendTo(stream, 1), caller)).rejects.toMatchObject({ actual: 2 });
    expect(await requestsOf(tooLow)).toEqual({ Commit: 1, StreamingRead: 1 });
    const tooHigh = (): Promise<void> => expect(store.append(appendTo(stream, 9), caller)).rejects.toMatchObject({ actual: 2 });
    expect(await requestsOf(tooHigh)).toEqual({ Commit: 1, StreamingRead: 1 });
  });

  it('a load is one Read, with and without a snapshot, and of a tail', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    await store.append({ writes: [{ streamId: stream, expectedVersion: 'none', events: newEvents(50), snapshot: '{"at":50}' }] });
    await store.append(appendTo(stream, 50, 20));
    expect(await requestsOf(() => store.load(stream, caller))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => store.load(stream, { ...caller, acceptSnapshot: () => true }))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => store.load(stream, { ...caller, afterVersion: 60 }))).toEqual({ StreamingRead: 1 });
  });

  it('the log of all shards, the time, and the cursors of a consumer are one Read each', async () => {
    const { store } = made;
    const ranges = Array.from({ length: store.shardCount }, (_, shard) => ({ shard }));
    expect(await requestsOf(() => store.readShards(ranges, { ...caller, limit: 1_000 }))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => store.currentTime(caller))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => store.cursors.read('nobody', caller))).toEqual({ StreamingRead: 1 });
  });

  it('cursors are taken by one Read and one Commit, advanced and released by one Commit, for all shards together', async () => {
    const { store } = made;
    const consumer = uniqueName('consumer');
    const claims = Array.from({ length: store.shardCount }, (_, shard) => ({ shard, token: 0 }));
    expect(await requestsOf(() => store.cursors.take(consumer, 'me', claims, caller))).toEqual({ StreamingRead: 1, Commit: 1 });
    const { cursors } = await store.cursors.read(consumer);
    expect(await requestsOf(() => store.cursors.advance(cursors, caller))).toEqual({ Commit: 1 });
    expect(await requestsOf(() => store.cursors.release(cursors, caller))).toEqual({ Commit: 1 });
  });

  it('a batch of rows "stream" is one Commit beside its reads; "shared" too, without reads', async () => {
    const { store } = made;
    const [consumer, view] = [uniqueName('consumer'), table(uniqueName('view').replace('-', '_'))];
    await store.readModels.ensureTables([view]);
    const [cursor] = await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    const advance = { consumer, shard: 0, token: cursor?.token ?? 0 };
    const change = { kind: 'upsert', table: view, row: { id: 'a', n: 1 } } as const;
    for (const rows of ['stream', 'shared'] as const) {
      const batch = await store.readModels.openBatch({ ...caller, rows });
      expect(await requestsOf(() => batch.commit([change, { ...change, row: { id: 'b', n: 2 } }], advance))).toEqual({ Commit: 1 });
    }
    const reading = await store.readModels.openBatch({ ...caller, rows: 'stream' });
    expect(await requestsOf(() => reading.get(view, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => reading.commit([change], advance))).toEqual({ Commit: 1 });
  });

  it('a "shared" batch begins its transaction with its first read, and ends it with its Commit or a Rollback', async () => {
    const { store } = made;
    const [consumer, view] = [uniqueName('consumer'), table(uniqueName('view').replace('-', '_'))];
    await store.readModels.ensureTables([view]);
    const [cursor] = await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    const advance = { consumer, shard: 0, token: cursor?.token ?? 0 };
    const batch = await store.readModels.openBatch({ ...caller, rows: 'shared' });
    const run = async (): Promise<void> => {
      await batch.get(view, [{ id: 'a' }]);
      await batch.get(view, [{ id: 'b' }]);
      await batch.commit([{ kind: 'insert', table: view, row: { id: 'a', n: 1 } }], advance);
    };
    expect(await requestsOf(run)).toEqual({ StreamingRead: 2, Commit: 1 });
    const given = await store.readModels.openBatch({ ...caller, rows: 'shared' });
    const giveUp = async (): Promise<void> => {
      await given.get(view, [{ id: 'a' }]);
      await given.abandon();
    };
    expect(await requestsOf(giveUp)).toEqual({ StreamingRead: 1, Rollback: 1 });
  });

  it('a batch that appends is one Commit beside its reads, which in "shared" ends the transaction that they began', async () => {
    const { store } = made;
    const [consumer, view] = [uniqueName('consumer'), table(uniqueName('view').replace('-', '_'))];
    await store.readModels.ensureTables([view]);
    const [cursor] = await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    const advance = { consumer, shard: 0, token: cursor?.token ?? 0 };
    const changes = [{ kind: 'upsert', table: view, row: { id: 'a', n: 1 } } as const];
    for (const rows of ['stream', 'shared'] as const) {
      const batch = await store.readModels.openBatch({ ...caller, rows });
      const run = async (): Promise<void> => {
        await batch.get(view, [{ id: 'a' }]);
        await batch.append({ ...appendTo(uniqueName('stream'), 'none', 2), changes, advance });
      };
      expect(await requestsOf(run)).toEqual({ StreamingRead: 1, Commit: 1 });
    }
  });

  it('a closed stream costs its refusal what a conflict does, and a Read of its end', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    const [event] = newEvents(1) as [EventToAppend];
    await store.append({ writes: [{ streamId: stream, expectedVersion: 'none', events: [{ ...event, type: STREAM_CLOSED_TYPE }] }] });
    const refused = (expected: 1 | 'any'): Promise<void> =>
      expect(store.append(appendTo(stream, expected), caller)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
    expect(await requestsOf(() => refused(1))).toEqual({ Commit: 1, StreamingRead: 2 });
    expect(await requestsOf(() => refused('any'))).toEqual({ StreamingRead: 2 });
  });

  it('a batch without an advance is one Commit, and nothing where there is nothing to write', async () => {
    const { store } = made;
    const view = table(uniqueName('view').replace('-', '_'));
    await store.readModels.ensureTables([view]);
    const change = { kind: 'upsert', table: view, row: { id: 'a', n: 1 } } as const;
    const batch = await store.readModels.openBatch({ ...caller, rows: 'shared' });
    expect(await requestsOf(() => batch.commit([change]))).toEqual({ Commit: 1 });
    const empty = await store.readModels.openBatch({ ...caller, rows: 'shared' });
    expect(await requestsOf(() => empty.commit([]))).toEqual({});
    const swap = await store.readModels.openBatch({ ...caller, rows: 'shared' });
    const compareAndSet = async (): Promise<void> => {
      await swap.get(view, [{ id: 'a' }]);
      await swap.commit([change]);
    };
    expect(await requestsOf(compareAndSet)).toEqual({ StreamingRead: 1, Commit: 1 });
  });

  it('a snapshot is opened by one Read, read by one a page, and closed by nothing', async () => {
    const { store } = made;
    const view = table(uniqueName('view').replace('-', '_'));
    await store.readModels.ensureTables([view]);
    const changes = Array.from({ length: 600 }, (_, n) => ({ kind: 'upsert', table: view, row: { id: String(n), n } }) as const);
    await (await store.readModels.openBatch({ rows: 'stream' })).commit(changes);
    const snapshots: ReadModelSnapshot[] = [];
    expect(await requestsOf(async () => snapshots.push(await store.readModels.openSnapshot(caller)))).toEqual({ StreamingRead: 1 });
    const [snapshot] = snapshots as [ReadModelSnapshot];
    let rows = 0;
    const scan = async (): Promise<void> => {
      for await (const _ of snapshot.scan(view, undefined, caller)) rows++;
    };
    expect(await requestsOf(scan)).toEqual({ StreamingRead: 2 });
    expect(rows).toBe(600);
    expect(await requestsOf(() => snapshot.cursors('nobody', caller))).toEqual({ StreamingRead: 1 });
    expect(await requestsOf(() => snapshot.close())).toEqual({});
  });

  it('streams are listed by one query; shards are described by one and a Read; a stream is deleted by two Reads and a Commit', async () => {
    const { store } = made;
    const stream = uniqueName('stream');
    const [event] = newEvents(1) as [EventToAppend];
    await store.append(appendTo(stream, 'none', 3));
    await store.append({ writes: [{ streamId: stream, expectedVersion: 3, events: [{ ...event, type: STREAM_CLOSED_TYPE }] }] });
    expect(await requestsOf(() => store.listStreams({ ...caller, limit: 100 }))).toEqual({ ExecuteSql: 1 });
    expect(await requestsOf(() => store.describeShards(caller))).toEqual({ ExecuteSql: 1, StreamingRead: 1 });
    expect(await requestsOf(() => store.deleteEvents(stream, caller))).toEqual({ StreamingRead: 2, Commit: 1 });
    expect(await requestsOf(() => store.deleteEvents(stream, caller))).toEqual({ StreamingRead: 2 });
  });
});
