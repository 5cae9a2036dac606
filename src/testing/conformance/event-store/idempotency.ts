import assert from 'node:assert/strict';
import type { AppendRequest } from '../../../event-store/append.js';
import { rejectsWith } from './assertions.js';
import { idsOf, newEvent, newEvents, newStream, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';

export function describeIdempotency(suite: Suite): void {
  suite.describe('repeating an append', () => {
    describeRepeatsByEventId(suite);
    describeRepeatsByKey(suite);
  });
}

function describeRepeatsByEventId(suite: Suite): void {
  for (const expected of ['none', 'any'] as const) {
    suite.it(`succeeds with the first result and writes nothing (${expected}, same ids)`, async ({ store, names }) => {
      const request: AppendRequest = { writes: [writeOf(names.next(), expected, newEvents(names, 3))] };
      await assertRepeats(store, request);
    });
  }

  for (const expected of [2, 'exists'] as const) {
    suite.it(`succeeds with the first result on a stream that was there (${expected}, same ids)`, async ({ store, names }) => {
      const { streamId } = await newStream(store, names, 2);
      await assertRepeats(store, { writes: [writeOf(streamId, expected, newEvents(names, 2))] });
    });
  }

  suite.it('succeeds when other events have followed', async ({ store, names }) => {
    const streamId = names.next();
    const request: AppendRequest = { writes: [writeOf(streamId, 'none', newEvents(names, 2))] };
    const first = await store.append(request);
    await store.append({ writes: [writeOf(streamId, 2, newEvents(names, 2))] });
    assert.deepEqual(await store.append(request), { ...first, repeated: true });
    assert.equal((await readAll(store, streamId)).length, 4);
  });

  suite.it('succeeds for several streams at once', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 1);
    const writes = [writeOf(streamId, 1, newEvents(names, 2)), writeOf(names.next(), 'none', newEvents(names, 1))];
    await assertRepeats(store, { writes });
  });

  suite.it('succeeds for a mix of exact and open expectations', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 1);
    const writes = [writeOf(names.next(), 'none', newEvents(names, 1)), writeOf(streamId, 'any', newEvents(names, 2))];
    await assertRepeats(store, { writes });
  });

  suite.it('is a conflict when only some of the events are the same', async ({ store, names }) => {
    const streamId = names.next();
    const [same, first] = newEvents(names, 2);
    await store.append({ writes: [writeOf(streamId, 'none', [same!, first!])] });
    await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, 'none', [same!, newEvent(names)])] }));
    await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, 'none', [same!, first!, newEvent(names)])] }));
    assert.deepEqual(idsOf(await readAll(store, streamId)), idsOf([same!, first!]));
  });

  suite.it('is a conflict when only one of two streams has the events', async ({ store, names }) => {
    const [first, second] = [names.next(), names.next()];
    const write = writeOf(first, 'none', newEvents(names, 1));
    await store.append({ writes: [write] });
    await rejectsWith('VERSION_CONFLICT', store.append({ writes: [write, writeOf(second, 'none', newEvents(names, 1))] }));
    assert.deepEqual(await readAll(store, second), []);
  });

  suite.it('keeps the first bytes when the repeat carries others under the same ids', async ({ store, names }) => {
    const streamId = names.next();
    const event = newEvent(names, { first: true });
    await store.append({ writes: [writeOf(streamId, 'none', [event])] });
    const repeat = await store.append({ writes: [writeOf(streamId, 'none', [{ ...event, data: '{"first":false}' }])] });
    assert.equal(repeat.repeated, true);
    assert.deepEqual(
      (await readAll(store, streamId)).map(({ data }) => data),
      ['{"first":true}'],
    );
  });

  suite.it('writes once when the same append is sent many times at once', async ({ store, names }) => {
    for (const expected of ['none', 'any'] as const) {
      const streamId = names.next();
      const request: AppendRequest = { writes: [writeOf(streamId, expected, newEvents(names, 2))] };
      const results = await Promise.all(Array.from({ length: 8 }, () => store.append(request)));
      assert.equal(results.filter((result) => !result.repeated).length, 1, expected);
      assert.equal(new Set(results.map((result) => JSON.stringify(result.streams))).size, 1);
      assert.equal((await readAll(store, streamId)).length, 2);
    }
  });
}

function describeRepeatsByKey(suite: Suite): void {
  suite.it('by key answers the first result, whatever the repeat carries', async ({ store, names }) => {
    const key = names.next('key');
    const [streamId, other] = [names.next(), names.next()];
    const first = await store.append({ key, writes: [writeOf(streamId, 'any', newEvents(names, 2))] });
    const repeat = await store.append({ key, writes: [writeOf(other, 'none', newEvents(names, 1))] });
    assert.deepEqual(repeat, { ...first, repeated: true });
    assert.deepEqual(await readAll(store, other), []);
  });

  suite.it('by key wins over a version that has become wrong', async ({ store, names }) => {
    const key = names.next('key');
    const streamId = names.next();
    const first = await store.append({ key, writes: [writeOf(streamId, 'none', newEvents(names, 1))] });
    assert.deepEqual(await store.append({ key, writes: [writeOf(streamId, 'none', newEvents(names, 1))] }), { ...first, repeated: true });
    assert.equal((await readAll(store, streamId)).length, 1);
  });

  suite.it('by key is not remembered for an append that conflicted', async ({ store, names }) => {
    const key = names.next('key');
    const streamId = names.next();
    await rejectsWith('VERSION_CONFLICT', store.append({ key, writes: [writeOf(streamId, 3, newEvents(names, 1))] }));
    assert.equal(await store.findAppend(key), undefined);
    assert.equal((await store.append({ key, writes: [writeOf(streamId, 'none', newEvents(names, 1))] })).repeated, false);
  });

  suite.it('keeps a key without writes', async ({ store, names }) => {
    const key = names.next('key');
    const first = await store.append({ key, writes: [] });
    assert.deepEqual(first.streams, []);
    assert.equal(first.repeated, false);
    assert.deepEqual(await store.append({ key, writes: [] }), { ...first, repeated: true });
    assert.deepEqual(await store.findAppend(key), { ...first, repeated: true });
  });

  suite.it('finds the first result by its key, in every opening, and nothing by others', async ({ store, names, reopen }) => {
    const key = `${names.next('key')} 'ü%😀"; --`;
    const first = await store.append({
      key,
      writes: [writeOf(names.next(), 'none', newEvents(names, 2)), writeOf(names.next(), 'any', newEvents(names, 1))],
    });
    assert.deepEqual(await (await reopen()).findAppend(key), { ...first, repeated: true });
    assert.equal(await store.findAppend(key.toUpperCase()), undefined);
    assert.equal(await store.findAppend(names.next('key')), undefined);
  });

  suite.it('writes once when one key is used many times at once', async ({ store, names }) => {
    const key = names.next('key');
    const streamId = names.next();
    const results = await Promise.all(
      Array.from({ length: 8 }, () => store.append({ key, writes: [writeOf(streamId, 'any', newEvents(names, 1))] })),
    );
    assert.equal(results.filter((result) => !result.repeated).length, 1);
    assert.equal((await readAll(store, streamId)).length, 1);
    assert.equal(new Set(results.map((result) => result.streams[0]?.eventIds[0])).size, 1);
  });
}

async function assertRepeats(store: Parameters<typeof readAll>[0], request: AppendRequest): Promise<void> {
  const first = await store.append(request);
  const lengths = async (): Promise<number[]> =>
    Promise.all(request.writes.map(async ({ streamId }) => (await readAll(store, streamId)).length));
  const before = await lengths();
  assert.equal(first.repeated, false);
  assert.deepEqual(await store.append(request), { ...first, repeated: true });
  assert.deepEqual(await store.append(request), { ...first, repeated: true });
  assert.deepEqual(await lengths(), before);
}
