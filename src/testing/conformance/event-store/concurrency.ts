import assert from 'node:assert/strict';
import { isEventspanError } from '../../../errors/eventspan-error.js';
import type { EventStore } from '../../../event-store/event-store.js';
import type { EventToAppend } from '../../../event-store/stored-event.js';
import { idsOf, newEvent, newStream, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';

export function describeConcurrency(suite: Suite): void {
  suite.describe('concurrent writers', () => {
    suite.it('on one version: exactly one succeeds, and only its events are stored', async ({ store, names, reopen }) => {
      const { streamId } = await newStream(store, names, 1);
      const stores = [store, await reopen()];
      const events = Array.from({ length: suite.options.racingWriters }, () => newEvent(names));
      const outcomes = await Promise.all(events.map((event, at) => tryAppend(stores[at % 2]!, { streamId, version: 1, event })));
      const winners = events.filter((_, at) => outcomes[at] === 'appended');
      assert.equal(winners.length, 1);
      assert.deepEqual(idsOf((await readAll(store, streamId)).slice(1)), idsOf(winners));
    });

    suite.it('that try again after each conflict: all get in, none twice, versions without a gap', async ({ store, names }) => {
      const streamId = names.next();
      const events = Array.from({ length: suite.options.racingWriters }, () => newEvent(names));
      await Promise.all(events.map((event) => appendUntilDone(store, streamId, event)));
      const stored = await readAll(store, streamId);
      assert.deepEqual(
        versionsOf(stored),
        events.map((_, at) => at + 1),
      );
      assert.deepEqual(idsOf(stored).sort(), idsOf(events).sort());
    });

    suite.it('that do not mind the version: all get in, none twice, versions without a gap', async ({ store, names, reopen }) => {
      const streamId = names.next();
      const stores = [store, await reopen()];
      const events = Array.from({ length: suite.options.racingWriters }, () => newEvent(names));
      await Promise.all(events.map((event, at) => stores[at % 2]!.append({ writes: [writeOf(streamId, 'any', [event])] })));
      const stored = await readAll(store, streamId);
      assert.deepEqual(
        versionsOf(stored),
        events.map((_, at) => at + 1),
      );
      assert.deepEqual(idsOf(stored).sort(), idsOf(events).sort());
    });

    suite.it('of different streams do not meet', async ({ store, names }) => {
      const streamIds = Array.from({ length: suite.options.racingWriters }, () => names.next());
      await Promise.all(
        streamIds.map((streamId) => store.append({ writes: [writeOf(streamId, 'none', [newEvent(names), newEvent(names)])] })),
      );
      for (const streamId of streamIds) assert.deepEqual(versionsOf(await readAll(store, streamId)), [1, 2]);
    });

    suite.it('of overlapping sets of streams: each append is whole or not there', async ({ store, names }) => {
      const streams = [names.next(), names.next(), names.next()];
      const pairs = [
        [0, 1],
        [1, 2],
        [2, 0],
        [1, 0],
        [2, 1],
        [0, 2],
      ] as const;
      const requests = pairs.map((pair) => pair.map((at) => writeOf(streams[at]!, 'none', [newEvent(names)])));
      const outcomes = await Promise.all(requests.map((writes) => outcomeOf(store.append({ writes }))));
      const stored = new Set(idsOf((await Promise.all(streams.map((streamId) => readAll(store, streamId)))).flat()));
      requests.forEach((writes, at) => {
        const ids = idsOf(writes.flatMap(({ events }) => [...events]));
        assert.deepEqual(
          ids.map((id) => stored.has(id)),
          ids.map(() => outcomes[at] === 'appended'),
        );
      });
      assert.ok(outcomes.includes('appended'));
    });
  });
}

async function appendUntilDone(store: EventStore, streamId: string, event: EventToAppend): Promise<void> {
  for (;;) {
    const { version } = await store.load(streamId);
    if ((await tryAppend(store, { streamId, version, event })) === 'appended') return;
  }
}

function tryAppend(
  store: EventStore,
  { streamId, version, event }: { streamId: string; version: number; event: EventToAppend },
): Promise<string> {
  return outcomeOf(store.append({ writes: [writeOf(streamId, version, [event])] }));
}

async function outcomeOf(append: Promise<unknown>): Promise<'appended' | 'conflict'> {
  try {
    await append;
    return 'appended';
  } catch (error) {
    if (isEventspanError(error, 'VERSION_CONFLICT')) return 'conflict';
    throw error;
  }
}
