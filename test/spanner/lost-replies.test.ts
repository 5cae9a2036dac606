import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { UNAVAILABLE, type Fault } from '../support/grpc-proxy.js';
import { appendTo, newEvents, proxiedStore, readAll, table, type ProxiedStore } from './spanner-under-test.js';

const REPLY_LOST: Fault = { at: 'after', answer: UNAVAILABLE };
const CUT_AFTER: Fault = { at: 'after', answer: 'cut' };
const NEVER_ARRIVED: Fault = { at: 'before', answer: UNAVAILABLE };
const HANGS: Fault = { at: 'before', answer: 'hang' };
const HANGS_AFTER: Fault = { at: 'after', answer: 'hang' };

describeWithEmulator('spanner', 'when replies and requests are lost', () => {
  let made: ProxiedStore;
  beforeAll(async () => {
    made = await proxiedStore();
  });
  afterEach(() => made.proxy.disarm());
  afterAll(() => made.close());

  it.each([
    ['the reply is lost', REPLY_LOST],
    ['the connection is cut before the reply', CUT_AFTER],
    ['the request never arrives', NEVER_ARRIVED],
  ])('an append succeeds once, every time, where %s', async (_, fault) => {
    const { store, direct, proxy } = made;
    for (let round = 0; round < 25; round++) {
      const stream = uniqueName('stream');
      const first = appendTo(stream, 'none', 2);
      proxy.arm('Commit', fault);
      const appended = await store.append(first);
      expect(appended.streams[0]).toMatchObject({ firstVersion: 1, lastVersion: 2 });
      proxy.arm('Commit', fault);
      const second = appendTo(stream, 2, 3);
      await store.append(second);
      const stored = await readAll(direct, stream);
      expect(stored.map((event) => event.eventId)).toEqual(
        [first, second].flatMap(({ writes }) => writes[0]?.events.map((event) => event.eventId)),
      );
      expect(appended.streams[0]?.lastPosition).toBe(stored[1]?.position);
    }
  });

  it.each(['any', 'exists'] as const)('an append to "%s" whose reply is lost is stored once', async (expectedVersion) => {
    const { store, direct, proxy } = made;
    for (let round = 0; round < 10; round++) {
      const stream = uniqueName('stream');
      await store.append(appendTo(stream, 'none'));
      proxy.arm('Commit', REPLY_LOST);
      const result = await store.append(appendTo(stream, expectedVersion));
      expect(result).toMatchObject({ repeated: true, streams: [{ firstVersion: 2, lastVersion: 2 }] });
      expect(await readAll(direct, stream)).toHaveLength(2);
    }
  });

  it.each([
    ['the reply is lost', REPLY_LOST],
    ['the request never arrives', NEVER_ARRIVED],
  ])('an append that moves a cursor takes effect once, where %s', async (_, fault) => {
    const { store, direct, proxy } = made;
    const [stream, consumer] = [uniqueName('stream'), uniqueName('consumer')];
    await direct.cursors.take(consumer, 'one', [{ shard: 0, token: 0 }]);
    proxy.arm('Commit', fault);
    const result = await store.append({ ...appendTo(stream, 'none'), advance: { consumer, shard: 0, token: 1 } });
    expect(result.streams).toMatchObject([{ firstVersion: 1, lastVersion: 1 }]);
    expect(await readAll(direct, stream)).toHaveLength(1);
  });

  it('an append with a key whose reply is lost gives the result that was stored', async () => {
    const { store, direct, proxy } = made;
    const [stream, key] = [uniqueName('stream'), uniqueName('key')];
    proxy.arm('Commit', REPLY_LOST);
    const result = await store.append({ ...appendTo(stream, 'none', 2), key });
    expect(await direct.findAppend(key)).toEqual(result);
    expect(await readAll(direct, stream)).toHaveLength(2);
  });

  it('an append that meets another writer after a lost request is a conflict, with the other left alone', async () => {
    const { store, direct, proxy } = made;
    const stream = uniqueName('stream');
    const other = await direct.append(appendTo(stream, 'none'));
    proxy.arm('Commit', NEVER_ARRIVED);
    await expect(store.append(appendTo(stream, 'none'))).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 1 });
    expect((await readAll(direct, stream)).map((event) => event.eventId)).toEqual(other.streams[0]?.eventIds);
  });

  it('a stream too short is no proof after an attempt of unknown fate, which could still arrive', async () => {
    const { store, proxy } = made;
    proxy.arm('Commit', NEVER_ARRIVED);
    await expect(store.append(appendTo(uniqueName('stream'), 7))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it.each([
    ['never arrives', HANGS],
    ['is carried out', HANGS_AFTER],
  ])('an append that is swallowed ends by its deadline with OUTCOME_UNKNOWN and its ids, whether it %s', async (_, fault) => {
    const { store, direct, proxy } = made;
    const stream = uniqueName('stream');
    const request = appendTo(stream, 'none', 2);
    const eventIds = request.writes[0]?.events.map((event) => event.eventId);
    proxy.arm('Commit', fault);
    const startedAt = Date.now();
    await expect(store.append(request, { deadlineMs: 400 })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', eventIds, retryable: true });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    // The same request again takes effect once at most, and says how it is.
    await store.append(request);
    expect((await readAll(direct, stream)).map((event) => event.eventId)).toEqual(eventIds);
  });

  it('a read that is swallowed ends by its deadline with STORE_UNAVAILABLE; one that is refused is repeated', async () => {
    const { store, proxy } = made;
    const stream = uniqueName('stream');
    await store.append(appendTo(stream, 'none', 2));
    proxy.arm('StreamingRead', HANGS);
    await expect(store.load(stream, { deadlineMs: 300 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    proxy.arm('StreamingRead', NEVER_ARRIVED, CUT_AFTER, NEVER_ARRIVED);
    expect(await store.load(stream)).toMatchObject({ version: 2 });
  });

  it('a signal ends a swallowed call at once, with its reason', async () => {
    const { store, proxy } = made;
    const stop = new AbortController();
    proxy.arm('StreamingRead', HANGS);
    const loading = store.load(uniqueName('stream'), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(loading).rejects.toThrow('enough');
  });

  it('an advance of unknown fate is not repeated under its token: OUTCOME_UNKNOWN', async () => {
    const { store, direct, proxy } = made;
    const consumer = uniqueName('consumer');
    const [cursor] = await store.cursors.take(consumer, 'me', [{ shard: 3, token: 0 }]);
    const { streams } = await store.append(appendTo(uniqueName('stream'), 'none'));
    const position = streams[0]?.lastPosition;
    if (cursor === undefined || position === undefined) throw new Error('not taken');
    proxy.arm('Commit', REPLY_LOST);
    proxy.forget();
    await expect(store.cursors.advance([{ ...cursor, position }])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(proxy.seen()).toEqual({ Commit: 1 });
    expect((await direct.cursors.read(consumer)).cursors).toMatchObject([{ token: 1, position }]);
  });

  it('a take whose reply is lost answers the cursors it took', async () => {
    const { store, direct, proxy } = made;
    const consumer = uniqueName('consumer');
    await direct.cursors.take(consumer, 'other', [{ shard: 1, token: 0 }]);
    proxy.arm('Commit', REPLY_LOST);
    const claims = [0, 1, 2].map((shard) => ({ shard, token: shard === 1 ? 1 : 0 }));
    const taken = await store.cursors.take(consumer, 'me', claims);
    expect(taken).toEqual((await direct.cursors.read(consumer)).cursors);
    expect(taken.map(({ token, owner }) => ({ token, owner }))).toEqual([1, 2, 1].map((token) => ({ token, owner: 'me' })));
  });

  it('a batch of unknown fate is not repeated: OUTCOME_UNKNOWN', async () => {
    const { store, direct, proxy } = made;
    const [consumer, view] = [uniqueName('consumer'), table(uniqueName('view').replace('-', '_'))];
    await direct.readModels.ensureTables([view]);
    await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }]);
    for (const rows of ['stream', 'shared'] as const) {
      const batch = await store.readModels.openBatch({ rows });
      await batch.get(view, [{ id: 'a' }]);
      proxy.arm('Commit', CUT_AFTER);
      proxy.forget();
      const committing = batch.commit([{ kind: 'upsert', table: view, row: { id: rows, n: 1 } }], { consumer, shard: 0, token: 1 });
      await expect(committing).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(proxy.seen()).toEqual({ Commit: 1 });
      expect(await direct.readModels.get(view, [{ id: rows }])).toMatchObject([{ n: 1 }]);
    }
  });

  it('a transaction that is given up is repeated by the store for takes, and by its caller for "shared" batches', async () => {
    const { store, direct, proxy } = made;
    const aborted: Fault = { at: 'before', answer: { status: 10, message: 'another transaction' } };
    const [consumer, view] = [uniqueName('consumer'), table(uniqueName('view').replace('-', '_'))];
    await direct.readModels.ensureTables([view]);
    proxy.arm('Commit', aborted, aborted);
    expect(await store.cursors.take(consumer, 'me', [{ shard: 0, token: 0 }])).toMatchObject([{ token: 1 }]);
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(view, [{ id: 'a' }]);
    proxy.arm('Commit', aborted);
    await expect(batch.commit([], { consumer, shard: 0, token: 1 })).rejects.toMatchObject({ code: 'BATCH_ABORTED', retryable: true });
    await batch.abandon();
    proxy.arm('Commit', aborted, aborted, aborted);
    const stream = uniqueName('stream');
    await store.append({ writes: [{ streamId: stream, expectedVersion: 'none', events: newEvents(1) }] });
    expect(await readAll(direct, stream)).toHaveLength(1);
  });
});
