import assert from 'node:assert/strict';
import { commitTimeOf } from '../../../event-store/stored-event.js';
import { collect, rejectsWith } from './assertions.js';
import { closedStream, closingEvent } from './closed-streams.js';
import { newEvents, newStream, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';

export function describeDeleting(suite: Suite): void {
  suite.describe('the removal of events', () => {
    describeRemoval(suite);
    describeWhatStays(suite);
  });
}

function describeRemoval(suite: Suite): void {
  suite.it('takes all of a closed stream but the closing event, once', async ({ store, names }) => {
    const streamId = await closedStream(store, names, 5);
    const closing = (await readAll(store, streamId)).at(-1);
    assert.equal(await store.deleteEvents(streamId), 5);
    assert.equal(await store.deleteEvents(streamId), 0);
    assert.deepEqual(await readAll(store, streamId), [closing]);
    assert.deepEqual(await store.load(streamId), { version: 6, events: [closing] });
  });

  suite.it("takes them from the shard's log too, and nothing else", async ({ store, names }) => {
    const shard = 0;
    const before = (await store.describeShards())[shard];
    const streamId = names.streamOn(shard, store.shardCount);
    const other = names.streamOn(shard, store.shardCount);
    const writes = [streamId, other].map((id) => writeOf(id, 'none', newEvents(names, 2)));
    await store.append({ writes });
    await store.append({ writes: [writeOf(streamId, 2, [closingEvent(names)])] });
    await store.deleteEvents(streamId);
    const found = await store.readShards([{ shard, ...(before?.last !== undefined && { after: before.last }) }], { limit: 100 });
    assert.deepEqual(
      found.map((event) => [event.streamId, event.version]),
      [
        [other, 1],
        [other, 2],
        [streamId, 3],
      ],
    );
    assert.equal((await store.describeShards())[shard]?.events, (before?.events ?? 0) + 3);
  });

  suite.it('takes the snapshots', async ({ store, names }) => {
    const streamId = names.next();
    await store.append({ writes: [{ ...writeOf(streamId, 'none', newEvents(names, 2)), snapshot: 'old' }] });
    await store.append({ writes: [writeOf(streamId, 2, [closingEvent(names)])] });
    await store.deleteEvents(streamId);
    assert.equal((await store.load(streamId, { acceptSnapshot: () => true })).snapshot, undefined);
    assert.deepEqual(await store.listStreams({ prefix: streamId, limit: 1 }), [{ streamId, version: 3, isClosed: true }]);
  });

  suite.it('is refused while the stream is open, or there is none', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 2);
    await rejectsWith('STREAM_NOT_CLOSED', store.deleteEvents(streamId));
    await rejectsWith('STREAM_NOT_CLOSED', store.deleteEvents(names.next()));
    await rejectsWith('STREAM_ID_INVALID', store.deleteEvents(''));
    assert.equal((await readAll(store, streamId)).length, 2);
  });
}

function describeWhatStays(suite: Suite): void {
  suite.it('leaves the closing event where it is, however the stream is read', async ({ store, names }) => {
    const streamId = await closedStream(store, names, 3);
    const [first, , , closing] = await readAll(store, streamId);
    await store.deleteEvents(streamId);
    const versions = async (options: Parameters<typeof store.readStream>[1]): Promise<number[]> =>
      versionsOf(await collect(store.readStream(streamId, options)));
    assert.deepEqual(await versions({ direction: 'backwards', limit: 5 }), [4]);
    assert.deepEqual(await versions({ fromVersion: 2 }), [4]);
    assert.deepEqual(await versions({ fromVersion: 4, toVersion: 4 }), [4]);
    assert.deepEqual(await versions({ toVersion: 3 }), []);
    assert.deepEqual(await versions({ fromVersion: 5 }), []);
    assert.deepEqual(await versions({ asOf: commitTimeOf(closing!) }), [4]);
    assert.deepEqual(await versions({ asOf: commitTimeOf(first!) }), []);
    assert.deepEqual(versionsOf((await store.load(streamId, { afterVersion: 2 })).events), [4]);
    assert.deepEqual(await store.load(streamId, { afterVersion: 4 }), { version: 4, events: [] });
  });

  suite.it('leaves no version to be given out again', async ({ store, names }) => {
    const streamId = await closedStream(store, names, 2);
    await store.deleteEvents(streamId);
    for (const expected of ['any', 'exists', 3] as const) {
      await rejectsWith('STREAM_CLOSED', store.append({ writes: [writeOf(streamId, expected, newEvents(names, 1))] }));
    }
    for (const expected of ['none', 1, 2, 4] as const) {
      await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, expected, newEvents(names, 1))] }));
    }
    assert.deepEqual(versionsOf(await readAll(store, streamId)), [3]);
  });

  suite.it('leaves the append that closed the stream repeatable', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 2);
    const request = { writes: [writeOf(streamId, 2, [closingEvent(names)])] };
    const first = await store.append(request);
    await store.deleteEvents(streamId);
    assert.deepEqual(await store.append(request), { ...first, repeated: true });
  });
}
