import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import type { EventToAppend } from '../../../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../../../event-store/stream-closed.js';
import { rejectsWith } from './assertions.js';
import { newEvents, newStream, readAll, versionsOf, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';

export function describeClosedStreams(suite: Suite): void {
  suite.describe('closed streams', () => {
    describeRefusal(suite);
  });
}

/** An event that closes its stream. */
export function closingEvent(names: UniqueNames): EventToAppend {
  const data = JSON.stringify({ kind: 'archived', reason: 'a test' });
  return { eventId: names.eventId(), type: STREAM_CLOSED_TYPE, data, metadata: '{"correlationId":"c-1"}' };
}

/** A stream of `count` events and the one that closes it. */
export async function closedStream(store: EventStore, names: UniqueNames, count: number): Promise<string> {
  const { streamId } = await newStream(store, names, count);
  await store.append({ writes: [writeOf(streamId, count, [closingEvent(names)])] });
  return streamId;
}

function describeRefusal(suite: Suite): void {
  suite.it('take no event any more, whatever version is expected, and keep what they have', async ({ store, names }) => {
    const streamId = await closedStream(store, names, 2);
    for (const expected of ['any', 'exists', 3] as const) {
      const error = await rejectsWith('STREAM_CLOSED', store.append({ writes: [writeOf(streamId, expected, newEvents(names, 1))] }));
      assert.deepEqual([error.details['streamId'], error.details['version']], [streamId, 3]);
    }
    for (const expected of ['none', 2, 4] as const) {
      await rejectsWith('VERSION_CONFLICT', store.append({ writes: [writeOf(streamId, expected, newEvents(names, 1))] }));
    }
    assert.deepEqual(versionsOf(await readAll(store, streamId)), [1, 2, 3]);
  });

  suite.it('refuse the whole of an append to several streams', async ({ store, names }) => {
    const streamId = await closedStream(store, names, 1);
    const other = names.next();
    const writes = [writeOf(other, 'none', newEvents(names, 1)), writeOf(streamId, 2, newEvents(names, 1))];
    await rejectsWith('STREAM_CLOSED', store.append({ writes }));
    assert.deepEqual(await readAll(store, other), []);
  });

  suite.it('are closed by the last of an append: nothing comes after it in the same one', async ({ store, names }) => {
    const streamId = names.next();
    const events = [closingEvent(names), ...newEvents(names, 1)];
    await rejectsWith('APPEND_INVALID', store.append({ writes: [writeOf(streamId, 'none', events)] }));
    assert.deepEqual(await readAll(store, streamId), []);
  });

  for (const expected of [1, 'any'] as const) {
    suite.it(`still know an append that came before their closing when it is repeated (${expected})`, async ({ store, names }) => {
      const { streamId } = await newStream(store, names, 1);
      const request = { writes: [writeOf(streamId, expected, newEvents(names, 2))] };
      const first = await store.append(request);
      await store.append({ writes: [writeOf(streamId, 3, [closingEvent(names)])] });
      assert.deepEqual(await store.append(request), { ...first, repeated: true });
    });
  }

  suite.it('may be closed in one append with the first events of another, and repeated', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 2);
    const successor = names.next();
    const request = { writes: [writeOf(streamId, 2, [closingEvent(names)]), writeOf(successor, 'none', newEvents(names, 1))] };
    const first = await store.append(request);
    const again = await store.append(request);
    assert.deepEqual(again, { ...first, repeated: true });
    assert.equal((await store.load(streamId)).events.at(-1)?.type, STREAM_CLOSED_TYPE);
  });
}
