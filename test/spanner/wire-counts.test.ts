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
});
