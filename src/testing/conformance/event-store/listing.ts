import assert from 'node:assert/strict';
import { rejectsWith } from './assertions.js';
import { closingEvent } from './closed-streams.js';
import { newEvents, newStream, writeOf } from './requests.js';
import type { Suite } from './suite.js';

export function describeListing(suite: Suite): void {
  suite.describe('the listing of streams and shards', () => {
    suite.it('gives streams with a prefix in the order of their code points, page by page', async ({ store, names }) => {
      const prefix = names.next('list');
      const ids = ['-a', '-b', '-é', '-\u{1f600}', '-\uffee'].map((end) => `${prefix}${end}`);
      for (const [at, streamId] of ids.entries()) {
        await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, at + 1))] });
      }
      const first = await store.listStreams({ prefix, limit: 3 });
      const rest = await store.listStreams({ prefix, limit: 3, after: first.at(-1)?.streamId ?? '' });
      assert.deepEqual(
        [...first, ...rest].map(({ streamId, version }) => [streamId.slice(prefix.length), version]),
        [
          ['-a', 1],
          ['-b', 2],
          ['-é', 3],
          ['-\uffee', 5],
          ['-\u{1f600}', 4],
        ],
      );
    });

    suite.it('tells which streams are closed, and the newest snapshot', async ({ store, names }) => {
      const prefix = names.next('list');
      await store.append({ writes: [{ ...writeOf(`${prefix}-1`, 'none', newEvents(names, 2)), snapshot: 's' }] });
      await store.append({ writes: [writeOf(`${prefix}-2`, 'none', newEvents(names, 1))] });
      await store.append({ writes: [writeOf(`${prefix}-2`, 1, [closingEvent(names)])] });
      assert.deepEqual(await store.listStreams({ prefix, limit: 10 }), [
        { streamId: `${prefix}-1`, version: 2, isClosed: false, snapshotVersion: 2 },
        { streamId: `${prefix}-2`, version: 2, isClosed: true },
      ]);
    });

    suite.it('begins with a prefix and after an id, whichever is further on', async ({ store, names }) => {
      const prefix = names.next('list');
      const ids = ['', '\u{10ffff}', '\u{10ffff}\u{10ffff}\u{10ffff}x'].map((end) => `${prefix}${end}`);
      for (const streamId of [...ids, names.next('list')]) await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))] });
      const list = async (options: { prefix: string; after?: string; limit?: number }): Promise<string[]> =>
        (await store.listStreams({ limit: 10, ...options })).map(({ streamId }) => streamId);
      assert.deepEqual(await list({ prefix }), ids);
      assert.deepEqual(await list({ prefix, after: ' ' }), ids);
      assert.deepEqual(await list({ prefix, after: prefix }), ids.slice(1));
      assert.deepEqual(await list({ prefix, after: ids[1]!, limit: 1 }), ids.slice(2));
      assert.deepEqual(await list({ prefix, after: ids[2]! }), []);
      assert.deepEqual(await list({ prefix, after: '\u{10ffff}' }), []);
      assert.deepEqual(await list({ prefix: ids[1]! }), ids.slice(1));
      assert.deepEqual(await list({ prefix: names.next('none') }), []);
    });

    suite.it('refuses a page of no streams or too many, and texts that no id begins with', async ({ store }) => {
      await rejectsWith('OPTION_INVALID', store.listStreams({ limit: 0 }));
      await rejectsWith('OPTION_INVALID', store.listStreams({ limit: 10_001 }));
      await rejectsWith('OPTION_INVALID', store.listStreams({ limit: 1, prefix: '\ud800' }));
      await rejectsWith('OPTION_INVALID', store.listStreams({ limit: 1, after: '\udfff' }));
    });

    suite.it('counts the events of each shard and knows its last', async ({ store, names }) => {
      const before = await store.describeShards();
      const { result } = await newStream(store, names, 3);
      const after = await store.describeShards();
      const [{ shard, lastPosition }] = result.streams as [(typeof result.streams)[number]];
      assert.equal(after.length, store.shardCount);
      assert.equal(after[shard]?.events, (before[shard]?.events ?? 0) + 3);
      assert.equal(after[shard]?.last, lastPosition);
      assert.deepEqual(
        after.filter((extent) => extent.shard !== shard),
        before.filter((extent) => extent.shard !== shard),
      );
    });
  });
}
