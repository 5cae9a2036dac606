import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import { formatPosition, parsePosition, type Position } from '../../../event-store/position.js';
import { shardOf } from '../../../event-store/shard.js';
import type { StoredEvent } from '../../../event-store/stored-event.js';
import { rejectsWith } from './assertions.js';
import { closingEvent } from './closed-streams.js';
import { foreignEvents } from './importing.js';
import { newEvents, newStream, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';

const DAY_MS = 86_400_000;

export function describeImportConflicts(suite: Suite): void {
  suite.describe('the import of events refuses', () => {
    describeStreams(suite);
    describePlaces(suite);
    describeValues(suite);
  });
}

/** The call is refused for the reason, which names the event, and nothing of it is written. */
async function refused(store: EventStore, events: readonly StoredEvent[], { at, reason }: { at: number; reason: RegExp }): Promise<void> {
  const before = await store.describeShards();
  const error = await rejectsWith('IMPORT_CONFLICT', store.importEvents(events));
  const { streamId, version, eventId } = events[at]!;
  assert.deepEqual([error.details['streamId'], error.details['version'], error.details['eventId']], [streamId, version, eventId]);
  assert.match(String(error.details['reason']), reason);
  assert.deepEqual(await store.describeShards(), before);
}

/** The same at later places of their commit: two calls of {@link foreignEvents} may give one commit time, and their streams one shard. */
function later(events: readonly StoredEvent[]): readonly StoredEvent[] {
  return events.map((event) => {
    const place = parsePosition(event.position);
    return { ...event, position: formatPosition({ ...place, commitIndex: place.commitIndex + events.length }) };
  });
}

function describeStreams(suite: Suite): void {
  suite.it('a hole in a stream, and writes nothing of that call', async ({ store, names }) => {
    const whole = await foreignEvents(store, names, 2);
    const events = later(await foreignEvents(store, names, 4)).filter(({ version }) => version !== 3);
    await refused(store, [...whole, ...events], { at: 4, reason: /version 3 .* is missing/ });
    await refused(store, events.slice(1), { at: 0, reason: /version 1 .* is missing/ });
  });

  suite.it('a hole before a closing event, where others of the stream are there', async ({ store, names }) => {
    const [first, , third] = (await foreignEvents(store, names, 3)) as [StoredEvent, StoredEvent, StoredEvent];
    const closing = { ...third, ...closingEvent(names) };
    await refused(store, [first, closing], { at: 1, reason: /version 2 .* is missing/ });
  });

  suite.it('another event at a version that is taken, by the store or in the call', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 2);
    const other = { ...events[0]!, eventId: names.eventId() };
    await refused(store, [...events, other], { at: 2, reason: new RegExp(`has the event ${events[0]!.eventId}`) });
    await store.importEvents(events);
    await refused(store, [other], { at: 0, reason: new RegExp(`has the event ${events[0]!.eventId}`) });
  });

  suite.it('what follows a closing event, in the store or in the call', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 3);
    const closed = [events[0]!, { ...events[1]!, ...closingEvent(names) }];
    await refused(store, [...closed, events[2]!], { at: 2, reason: /closed/ });
    await store.importEvents(closed);
    await refused(store, [events[2]!], { at: 0, reason: /closed/ });
  });

  suite.it('the events of a deleted stream', async ({ store, names }) => {
    const { streamId } = await newStream(store, names, 2);
    await store.append({ writes: [writeOf(streamId, 2, [closingEvent(names)])] });
    const events = await readAll(store, streamId);
    await store.deleteEvents(streamId);
    await refused(store, events, { at: 0, reason: /no event at that version/ });
  });
}

function describePlaces(suite: Suite): void {
  suite.it("what was committed before the end of its shard's log", async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    const shard = shardOf(event.streamId, store.shardCount);
    await store.append({ writes: [writeOf(names.streamOn(shard, store.shardCount), 'none', newEvents(names, 1))] });
    await refused(store, [event], { at: 0, reason: /log of its shard is at .* already/ });
  });

  suite.it('events of one shard that are not in the order of a log', async ({ store, names }) => {
    const events = await foreignEvents(store, names, 2);
    const shard = shardOf(events[0]!.streamId, store.shardCount);
    const [other] = (await foreignEvents(store, names, 1, names.streamOn(shard, store.shardCount))) as [StoredEvent];
    const late = placed(other, { ...parsePosition(events[1]!.position), commitIndex: 0 });
    await refused(store, [...events, late], { at: 2, reason: /is before that/ });
  });

  suite.it("a time that the store's clock has not reached", async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    const commitTime = `${new Date(Date.parse(await store.currentTime()) + DAY_MS).toISOString().slice(0, 23)}000000Z`;
    await refused(store, [placed(event, { commitTime, commitIndex: 0 })], { at: 0, reason: /clock of this store has not reached/ });
  });
}

function describeValues(suite: Suite): void {
  suite.it('what no append could store', async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    for (const wrong of [{ data: 'a\u0000b' }, { eventId: '' }, { type: '' }, { metadata: '\ud800' }]) {
      await rejectsWith('APPEND_INVALID', store.importEvents([{ ...event, ...wrong }]));
    }
    await rejectsWith('STREAM_ID_INVALID', store.importEvents([{ ...event, streamId: '' }]));
    for (const version of [0, -1, 1.5]) await refused(store, [{ ...event, version }], { at: 0, reason: /whole number/ });
  });

  suite.it('positions that are none, and times that are none', async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    const noTime = { commitTime: '2026-13-45T00:00:00.000000000Z', commitIndex: 0 };
    await rejectsWith('POSITION_INVALID', store.importEvents([{ ...event, position: 'here' as Position }]));
    await rejectsWith('POSITION_INVALID', store.importEvents([placed(event, noTime)]));
  });

  suite.it('more than 10,000 events in one call', async ({ store, names }) => {
    const [event] = (await foreignEvents(store, names, 1)) as [StoredEvent];
    await rejectsWith('OPTION_INVALID', store.importEvents(Array.from({ length: 10_001 }, () => event)));
  });
}

function placed(event: StoredEvent, place: { readonly commitTime: string; readonly commitIndex: number }): StoredEvent {
  const { commitTime, commitIndex } = place;
  const { streamId, version } = event;
  return { ...event, position: formatPosition({ commitTime, commitIndex, streamId, version }) };
}
