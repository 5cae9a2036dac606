import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import { normalizeTime } from '../event-store/commit-time.js';
import type { EventStore } from '../event-store/event-store.js';
import { comparePositions, parsePosition, type Position } from '../event-store/position.js';
import { readLog } from '../event-store/read-log.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { checkStreamId } from '../event-store/stream-id.js';

/** More than these are better chosen by prefix. */
export const MAX_SELECTED_STREAMS = 1_000;

/** Which events of a log; all that is given holds together. */
export interface EventSelection {
  /** Only streams whose ids begin so; `loan-` for all of the aggregate `loan`. The whole log is read. */
  readonly prefix?: string;
  /** Only these streams, at most 1,000. Only they are read. */
  readonly streams?: readonly string[];
  /** Only events after this position in the global order. */
  readonly after?: Position;
  /** Only events committed at or before this time: RFC 3339, UTC. Default, and at most: the store's time at the beginning. */
  readonly asOf?: string;
}

/** A selection whose end is fixed, so that it gives the same events whenever it is read. */
export interface FixedSelection extends EventSelection {
  readonly asOf: string;
}

/** Throws `OPTION_INVALID`, `POSITION_INVALID`, `STREAM_ID_INVALID`. 1 `currentTime`. */
export async function fixSelection(store: EventStore, given: EventSelection, options: CallOptions): Promise<FixedSelection> {
  const { prefix, streams, after, asOf } = given;
  if (prefix === '') throw new EventspanError('OPTION_INVALID', { path: 'prefix', value: '""', bound: 'the beginning of stream ids' });
  if (after !== undefined) parsePosition(after);
  const now = await store.currentTime(options);
  const wanted = asOf === undefined ? now : normalizeTime('asOf', asOf);
  return {
    asOf: wanted < now ? wanted : now,
    ...(prefix !== undefined && { prefix }),
    ...(after !== undefined && { after }),
    ...(streams !== undefined && { streams: checkStreams(streams) }),
  };
}

function checkStreams(streams: readonly string[]): readonly string[] {
  const sorted = [...new Set(streams)].sort();
  if (sorted.length === 0 || sorted.length > MAX_SELECTED_STREAMS) {
    throw new EventspanError('OPTION_INVALID', { path: 'streams', value: sorted.length, bound: `1 to ${MAX_SELECTED_STREAMS} streams` });
  }
  return sorted.map(checkStreamId);
}

/** The selected events in global log order. Memory is bounded by a page a shard, or a page a selected stream. */
export async function* selectEvents(store: EventStore, selection: FixedSelection, options: CallOptions): AsyncGenerator<StoredEvent> {
  const { prefix, streams, after, asOf } = selection;
  if (streams === undefined) {
    const range = { asOf, ...(after !== undefined && { after }) };
    for await (const event of readLog(store, { ...options, ...range })) if (event.streamId.startsWith(prefix ?? '')) yield event;
    return;
  }
  const chosen = streams.filter((streamId) => streamId.startsWith(prefix ?? ''));
  const sources = chosen.map((streamId) => store.readStream(streamId, { ...options, asOf }));
  for await (const event of mergeStreams(sources)) if (after === undefined || comparePositions(event.position, after) > 0) yield event;
}

interface Head {
  readonly source: AsyncIterator<StoredEvent>;
  event: StoredEvent;
}

/** Each stream ascends; the first of their heads is the next of all. */
async function* mergeStreams(streams: readonly AsyncIterable<StoredEvent>[]): AsyncGenerator<StoredEvent> {
  let heads: Head[] = [];
  try {
    for (const stream of streams) {
      const source = stream[Symbol.asyncIterator]();
      const { done, value } = await source.next();
      if (done !== true) heads.push({ source, event: value });
    }
    while (heads.length > 0) {
      const head = firstOf(heads);
      yield head.event;
      const { done, value } = await head.source.next();
      if (done === true) heads = heads.filter((other) => other !== head);
      else head.event = value;
    }
  } finally {
    await Promise.all(heads.map(async ({ source }) => source.return?.()));
  }
}

function firstOf(heads: readonly Head[]): Head {
  return heads.reduce((first, head) => (comparePositions(head.event.position, first.event.position) < 0 ? head : first));
}
