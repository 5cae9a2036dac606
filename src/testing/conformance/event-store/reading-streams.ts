import assert from 'node:assert/strict';
import type { ReadStreamOptions } from '../../../event-store/event-store.js';
import { commitTimeOf } from '../../../event-store/stored-event.js';
import { Background } from './background.js';
import { collect, rejectsWith } from './assertions.js';
import { newEvent, newEvents, newStream, newStreamInSteps, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';

/** On a stream of ten. */
const SPANS: readonly (readonly [ReadStreamOptions, readonly number[]])[] = [
  [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  [{ direction: 'backwards' }, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
  [{ fromVersion: 8 }, [8, 9, 10]],
  [{ fromVersion: 0, toVersion: 2 }, [1, 2]],
  [{ toVersion: 3 }, [1, 2, 3]],
  [{ toVersion: 3, direction: 'backwards' }, [3, 2, 1]],
  [{ fromVersion: 4, toVersion: 6 }, [4, 5, 6]],
  [{ fromVersion: 4, toVersion: 6, direction: 'backwards' }, [6, 5, 4]],
  [{ fromVersion: 5, toVersion: 5 }, [5]],
  [{ fromVersion: 6, toVersion: 5 }, []],
  [{ fromVersion: 11 }, []],
  [{ toVersion: 0 }, []],
  [{ toVersion: 1000, fromVersion: 10 }, [10]],
  [{ limit: 3 }, [1, 2, 3]],
  [{ limit: 3, direction: 'backwards' }, [10, 9, 8]],
  [{ limit: 0 }, []],
  [{ limit: 1000 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  [{ fromVersion: 3, toVersion: 9, limit: 2 }, [3, 4]],
  [{ fromVersion: 3, toVersion: 9, limit: 2, direction: 'backwards' }, [9, 8]],
];

export function describeReadingStreams(suite: Suite): void {
  suite.describe('reading a stream', () => {
    describeBounds(suite);
    describeAsOf(suite);
    describeLoads(suite);
    describeReadsWhileWriting(suite);
  });
}

function describeBounds(suite: Suite): void {
  suite.it('gives what the bounds, direction and limit name', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 10);
    for (const [options, expected] of SPANS) {
      assert.deepEqual(versionsOf(await collect(store.readStream(streamId, options))), expected, JSON.stringify(options));
    }
  });

  suite.it('gives events as they were appended, with their place', async ({ store, names }) => {
    const streamId = names.next();
    const event = { eventId: names.eventId(), type: 'a.type', data: '{"x":[1,"ü"]}', metadata: '{"actor":"me"}' };
    const { streams } = await store.append({ writes: [writeOf(streamId, 'none', [event])] });
    const { shard, lastPosition: position } = streams[0]!;
    assert.deepEqual(await readAll(store, streamId), [{ ...event, streamId, version: 1, shard, position }]);
  });

  suite.it('gives nothing of a stream that is not there', async ({ store, names }) => {
    assert.deepEqual(await readAll(store, names.next()), []);
    assert.deepEqual(await collect(store.readStream(names.next(), { direction: 'backwards', limit: 1 })), []);
    assert.deepEqual(await store.load(names.next()), { version: 0, events: [] });
  });

  suite.it('gives long streams whole, in both directions', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, suite.options.largeBatch);
    await store.append({ writes: [writeOf(streamId, suite.options.largeBatch, newEvents(names, 5))] });
    const expected = Array.from({ length: suite.options.largeBatch + 5 }, (_, at) => at + 1);
    assert.deepEqual(versionsOf(await readAll(store, streamId)), expected);
    assert.deepEqual(versionsOf(await collect(store.readStream(streamId, { direction: 'backwards' }))), expected.toReversed());
    assert.equal((await store.load(streamId)).events.length, expected.length);
  });

  suite.it('can be left early, and read again', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 5);
    for await (const event of store.readStream(streamId)) {
      if (event.version === 2) break;
    }
    assert.equal((await readAll(store, streamId)).length, 5);
  });

  suite.it('gives copies: what a reader does to them is not stored', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 1);
    const [event] = await readAll(store, streamId);
    const before = { ...event };
    try {
      (event as { data: string }).data = 'overwritten';
    } catch {
      // a frozen copy is as good
    }
    assert.deepEqual(await readAll(store, streamId), [before]);
  });

  suite.it('refuses bounds that are not whole numbers, other directions and other times', async ({ store, names }) => {
    const wrong = [
      { fromVersion: 1.5 },
      { toVersion: -1 },
      { limit: -1 },
      { limit: Number.NaN },
      { asOf: 'yesterday' },
      { asOf: '2026-13-01T00:00:00Z' },
    ];
    for (const options of [...wrong, { direction: 'sideways' as 'forwards' }]) {
      await rejectsWith('OPTION_INVALID', collect(store.readStream(names.next(), options)));
    }
    await rejectsWith('OPTION_INVALID', store.load(names.next(), { afterVersion: -1 }));
  });
}

function describeAsOf(suite: Suite): void {
  suite.it('as of a time gives what was committed at or before it', async ({ store, names }) => {
    const { streamId, results } = await newStreamInSteps(store, names, 5);
    for (const [at, { commitTime }] of results.entries()) {
      const expected = Array.from({ length: at + 1 }, (_, index) => index + 1);
      assert.deepEqual(versionsOf(await collect(store.readStream(streamId, { asOf: commitTime }))), expected);
      const backwards = await collect(store.readStream(streamId, { asOf: commitTime, direction: 'backwards', limit: 2 }));
      assert.deepEqual(versionsOf(backwards), expected.toReversed().slice(0, 2));
    }
  });

  suite.it('as of a time before the first event gives nothing, after the last all', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 3);
    assert.deepEqual(await collect(store.readStream(streamId, { asOf: '2001-01-01T00:00:00Z' })), []);
    assert.equal((await collect(store.readStream(streamId, { asOf: '2999-01-01T00:00:00.5Z' }))).length, 3);
  });

  suite.it('as of a time gives all or none of one append', async ({ store, names }) => {
    const { streamId, result } = await newStream(store, names, 4);
    await store.append({ writes: [writeOf(streamId, 4, newEvents(names, 4))] });
    const events = await collect(store.readStream(streamId, { asOf: result.commitTime }));
    assert.deepEqual(
      events.map(commitTimeOf),
      [1, 2, 3, 4].map(() => result.commitTime),
    );
  });
}

function describeLoads(suite: Suite): void {
  suite.it('loads all of it, or what is after a version', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 6);
    const all = await readAll(store, streamId);
    assert.deepEqual(await store.load(streamId), { version: 6, events: all });
    assert.deepEqual(await store.load(streamId, { afterVersion: 0 }), { version: 6, events: all });
    assert.deepEqual(await store.load(streamId, { afterVersion: 4 }), { version: 6, events: all.slice(4) });
    assert.deepEqual(await store.load(streamId, { afterVersion: 6 }), { version: 6, events: [] });
  });
}

function describeReadsWhileWriting(suite: Suite): void {
  suite.it('while it is written shows a beginning of it, without gaps and never half an append', async ({ store, names }) => {
    const streamId = names.next();
    const write = async (): Promise<void> => {
      for (let version = 0; version < 60; version += 3) {
        await store.append({ writes: [writeOf(streamId, version, [newEvent(names), newEvent(names), newEvent(names)])] });
      }
    };
    const writing = new Background(write());
    let seen = 0;
    while (await writing.goesOn()) {
      const { version, events } = await store.load(streamId);
      assert.deepEqual(
        versionsOf(events),
        Array.from({ length: version }, (_, at) => at + 1),
      );
      assert.equal(version % 3, 0);
      assert.ok(version >= seen, 'what was seen once is seen again');
      seen = version;
    }
    await writing.ended();
    assert.equal((await store.load(streamId)).version, 60);
  });
}
