import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import { rejectsWith } from './assertions.js';
import { newEvents, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

export function describeSnapshots(suite: Suite): void {
  suite.describe('snapshots', () => {
    suite.it('are found with the events after them: the newest first', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      const loaded = await store.load(streamId, { acceptSnapshot: () => true });
      assert.deepEqual(
        { ...loaded, events: versionsOf(loaded.events) },
        { version: 7, snapshot: { version: 6, state: 'at 6' }, events: [7] },
      );
    });

    suite.it('that are not accepted are passed over for older ones', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      const loaded = await store.load(streamId, { acceptSnapshot: (state) => state === 'at 2' });
      assert.deepEqual(
        { ...loaded, events: versionsOf(loaded.events) },
        { version: 7, snapshot: { version: 2, state: 'at 2' }, events: [3, 4, 5, 6, 7] },
      );
    });

    suite.it('are asked about from the newest on, and no more once one is accepted', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      const asked: string[] = [];
      await store.load(streamId, {
        acceptSnapshot: (state) => {
          asked.push(state);
          return state === 'at 4';
        },
      });
      assert.deepEqual(asked, ['at 6', 'at 4']);
    });

    suite.it('of which none is accepted leave the whole stream', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      assert.deepEqual(await store.load(streamId, { acceptSnapshot: () => false }), { version: 7, events: await readAll(store, streamId) });
    });

    suite.it('are not looked for when nobody accepts them, or a version is named', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      assert.equal((await store.load(streamId)).events.length, 7);
      const tail = await store.load(streamId, { afterVersion: 3, acceptSnapshot: () => true });
      assert.deepEqual({ ...tail, events: versionsOf(tail.events) }, { version: 7, events: [4, 5, 6, 7] });
    });

    suite.it('of the last event leave no events', async ({ store, names }) => {
      const streamId = names.next();
      await store.append({ writes: [{ ...writeOf(streamId, 'none', newEvents(names, 3)), snapshot: 'at 3' }] });
      assert.deepEqual(await store.load(streamId, { acceptSnapshot: () => true }), {
        version: 3,
        snapshot: { version: 3, state: 'at 3' },
        events: [],
      });
    });

    suite.it('are not there for a stream without any', async ({ store, names }) => {
      const streamId = names.next();
      await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 2))] });
      const loaded = await store.load(streamId, { acceptSnapshot: () => true });
      assert.deepEqual(loaded, { version: 2, events: await readAll(store, streamId) });
      assert.deepEqual(await store.load(names.next(), { acceptSnapshot: () => true }), { version: 0, events: [] });
    });

    suite.it('of an append that conflicted are not stored', async ({ store, names }) => {
      const streamId = names.next();
      await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 1))] });
      await rejectsWith(
        'VERSION_CONFLICT',
        store.append({ writes: [{ ...writeOf(streamId, 'none', newEvents(names, 1)), snapshot: 'lost' }] }),
      );
      assert.equal((await store.load(streamId, { acceptSnapshot: () => true })).snapshot, undefined);
    });

    suite.it('do not show in the events', async ({ store, names }) => {
      const streamId = await newSnapshots(store, names);
      for (const event of await readAll(store, streamId)) {
        assert.deepEqual(Object.keys(event).sort(), ['data', 'eventId', 'metadata', 'position', 'shard', 'streamId', 'type', 'version']);
      }
    });

    suite.it('may be empty text', async ({ store, names }) => {
      const streamId = names.next();
      await store.append({ writes: [{ ...writeOf(streamId, 'none', newEvents(names, 1)), snapshot: '' }] });
      assert.deepEqual((await store.load(streamId, { acceptSnapshot: () => true })).snapshot, { version: 1, state: '' });
    });
  });
}

/** Seven events, with snapshots at 2, 4 and 6. */
async function newSnapshots(store: EventStore, names: UniqueNames): Promise<string> {
  const streamId = names.next();
  for (const version of [2, 4, 6]) {
    await store.append({ writes: [{ ...writeOf(streamId, version - 2, newEvents(names, 2)), snapshot: `at ${version}` }] });
  }
  await store.append({ writes: [writeOf(streamId, 6, newEvents(names, 1))] });
  return streamId;
}
