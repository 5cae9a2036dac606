import assert from 'node:assert/strict';
import { VersionConflictError } from '../../../errors/store-errors.js';
import { parsePosition } from '../../../event-store/position.js';
import { shardOf } from '../../../event-store/shard.js';
import type { ExpectedVersion } from '../../../event-store/expected-version.js';
import { rejectsWith } from './assertions.js';
import { idsOf, newEvent, newEvents, newStream, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';

/** What an append does at each expected version: the stream has three events or none. */
const OUTCOMES: readonly { readonly expected: ExpectedVersion; readonly onEmpty: boolean; readonly onThree: boolean }[] = [
  { expected: 'any', onEmpty: true, onThree: true },
  { expected: 'none', onEmpty: true, onThree: false },
  { expected: 0, onEmpty: true, onThree: false },
  { expected: 'exists', onEmpty: false, onThree: true },
  { expected: 3, onEmpty: false, onThree: true },
  { expected: 1, onEmpty: false, onThree: false },
  { expected: 2, onEmpty: false, onThree: false },
  { expected: 4, onEmpty: false, onThree: false },
  { expected: 1000, onEmpty: false, onThree: false },
];

export function describeAppending(suite: Suite): void {
  suite.describe('appending', () => {
    describeExpectedVersions(suite);
    describeAtomicity(suite);
    describeResults(suite);
    describeRefusals(suite);
  });
}

function describeExpectedVersions(suite: Suite): void {
  for (const { expected, onEmpty, onThree } of OUTCOMES) {
    suite.it(
      `expecting ${JSON.stringify(expected)} ${onEmpty ? 'succeeds' : 'conflicts and leaves nothing'} on an empty stream`,
      async ({ store, names }) => {
        const streamId = names.next();
        const events = newEvents(names, 2);
        const append = store.append({ writes: [writeOf(streamId, expected, events)] });
        if (!onEmpty) await assertConflict(append, { streamId, expected, actual: 0 });
        else assert.equal((await append).streams[0]?.lastVersion, 2);
        assert.deepEqual(idsOf(await readAll(store, streamId)), onEmpty ? idsOf(events) : []);
      },
    );

    suite.it(
      `expecting ${JSON.stringify(expected)} ${onThree ? 'succeeds' : 'conflicts and leaves nothing'} on a stream of three`,
      async ({ store, names }) => {
        const { streamId } = await newStream(store, names, 3);
        const before = await readAll(store, streamId);
        const events = newEvents(names, 2);
        const append = store.append({ writes: [writeOf(streamId, expected, events)] });
        if (!onThree) await assertConflict(append, { streamId, expected, actual: 3 });
        else assert.equal((await append).streams[0]?.firstVersion, 4);
        assert.deepEqual(idsOf(await readAll(store, streamId)), [...idsOf(before), ...(onThree ? idsOf(events) : [])]);
      },
    );
  }
}

function describeAtomicity(suite: Suite): void {
  suite.it('writes several streams in one commit, numbered over the whole of it', async ({ store, names }) => {
    const [first, second] = [names.next(), names.next()];
    const result = await store.append({
      writes: [writeOf(first, 'none', newEvents(names, 2)), writeOf(second, 'any', newEvents(names, 3))],
    });
    const stored = [...(await readAll(store, first)), ...(await readAll(store, second))];
    assert.deepEqual(
      stored.map((event) => parsePosition(event.position).commitIndex),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual([...new Set(stored.map((event) => parsePosition(event.position).commitTime))], [result.commitTime]);
  });

  for (const expected of ['none', 7, 'exists'] as const) {
    suite.it(`writes none of several streams when one of them conflicts (${expected})`, async ({ store, names }) => {
      const [fresh, other] = [names.next(), names.next()];
      const refusing = expected === 'exists' ? names.next() : (await newStream(store, names, 1)).streamId;
      const writes = [
        writeOf(fresh, 'none', newEvents(names, 2)),
        writeOf(refusing, expected, newEvents(names, 1)),
        writeOf(other, 'any', newEvents(names, 1)),
      ];
      const error = await rejectsWith('VERSION_CONFLICT', store.append({ writes }));
      assert.equal((error as VersionConflictError).streamId, refusing);
      assert.deepEqual(await readAll(store, fresh), []);
      assert.deepEqual(await readAll(store, other), []);
      assert.equal((await readAll(store, refusing)).length, expected === 'exists' ? 0 : 1);
    });
  }

  suite.it('keeps a large append whole and in order', async ({ store, names }) => {
    const events = newEvents(names, suite.options.largeBatch);
    const streamId = names.next();
    const result = await store.append({ writes: [writeOf(streamId, 'none', events)] });
    assert.equal(result.streams[0]?.lastVersion, events.length);
    const stored = await readAll(store, streamId);
    assert.deepEqual(idsOf(stored), idsOf(events));
    assert.deepEqual(
      versionsOf(stored),
      events.map((_, at) => at + 1),
    );
  });
}

function describeResults(suite: Suite): void {
  suite.it('answers where each stream went, in the order of the writes', async ({ store, names }) => {
    const { streamId: existing } = await newStream(store, names, 2);
    const fresh = names.next();
    const [one, two] = [newEvents(names, 2), newEvents(names, 1)];
    const result = await store.append({ writes: [writeOf(fresh, 'none', one), writeOf(existing, 2, two)] });
    const lastPositions = [(await readAll(store, fresh)).at(-1)?.position, (await readAll(store, existing)).at(-1)?.position];
    assert.deepEqual(result.streams, [
      {
        streamId: fresh,
        shard: shardOf(fresh, store.shardCount),
        firstVersion: 1,
        lastVersion: 2,
        eventIds: idsOf(one),
        lastPosition: lastPositions[0],
      },
      {
        streamId: existing,
        shard: shardOf(existing, store.shardCount),
        firstVersion: 3,
        lastVersion: 3,
        eventIds: idsOf(two),
        lastPosition: lastPositions[1],
      },
    ]);
    assert.match(result.commitTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.equal(result.repeated, false);
  });

  suite.it('gives later appends later commit times', async ({ store, names }) => {
    const streamId = names.next();
    const times: string[] = [];
    for (let version = 0; version < 5; version++) {
      times.push((await store.append({ writes: [writeOf(streamId, version, newEvents(names, 1))] })).commitTime);
    }
    assert.deepEqual(times, [...new Set(times)].sort());
  });

  suite.it('shows an append to every other opening of the store at once', async ({ store, names, reopen }) => {
    const other = await reopen();
    const { streamId } = await newStream(store, names, 2);
    assert.deepEqual(await readAll(other, streamId), await readAll(store, streamId));
    await other.append({ writes: [writeOf(streamId, 2, newEvents(names, 1))] });
    assert.deepEqual(versionsOf(await readAll(store, streamId)), [1, 2, 3]);
  });
}

function describeRefusals(suite: Suite): void {
  suite.it('refuses a request with neither writes nor a key', async ({ store }) => {
    await rejectsWith('APPEND_INVALID', store.append({ writes: [] }));
  });

  suite.it('refuses a write without events', async ({ store, names }) => {
    await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(names.next(), 'any', [])] }));
  });

  suite.it('refuses a stream that is in the request twice', async ({ store, names }) => {
    const streamId = names.next();
    const writes = [writeOf(streamId, 'none', newEvents(names, 1)), writeOf(streamId, 1, newEvents(names, 1))];
    await rejectsWith('APPEND_INVALID', store.append({ writes }));
    assert.deepEqual(await readAll(store, streamId), []);
  });

  suite.it('refuses an event id that is in the request twice, in one stream or in two', async ({ store, names }) => {
    const event = newEvent(names);
    const [first, second] = [names.next(), names.next()];
    await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(first, 'none', [event, event])] }));
    await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(first, 'none', [event]), writeOf(second, 'none', [event])] }));
    assert.deepEqual([...(await readAll(store, first)), ...(await readAll(store, second))], []);
  });

  for (const expected of [-1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, 'some' as ExpectedVersion]) {
    suite.it(`refuses the expected version ${expected}`, async ({ store, names }) => {
      await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(names.next(), expected, newEvents(names, 1))] }));
    });
  }

  for (const eventId of ['', 'x'.repeat(37), 'with space', 'ünicode', '\u0000']) {
    suite.it(`refuses the event id ${JSON.stringify(eventId)}`, async ({ store, names }) => {
      await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(names.next(), 'any', [{ ...newEvent(names), eventId }])] }));
    });
  }

  suite.it('refuses keys that are empty, too long or not well-formed', async ({ store, names }) => {
    for (const key of ['', 'k'.repeat(257), 'lone \ud800', 'nul \u0000']) {
      await rejectsWith('APPEND_INVALID', store.append({ key, writes: [writeOf(names.next(), 'any', newEvents(names, 1))] }));
    }
  });

  suite.it('does nothing when the signal is aborted already', async ({ store, names }) => {
    const streamId = names.next();
    const reason = new Error('stopped by the test');
    const append = store.append({ writes: [writeOf(streamId, 'any', newEvents(names, 1))] }, { signal: AbortSignal.abort(reason) });
    await assert.rejects(append, (error) => error === reason);
    assert.deepEqual(await readAll(store, streamId), []);
  });
}

async function assertConflict(
  append: Promise<unknown>,
  conflict: { streamId: string; expected: ExpectedVersion; actual: number },
): Promise<void> {
  const error = await rejectsWith('VERSION_CONFLICT', append);
  assert.ok(error instanceof VersionConflictError);
  const { streamId, expected, actual } = error;
  assert.deepEqual({ streamId, expected, actual }, conflict);
}
