import { EventspanError } from '../errors/eventspan-error.js';
import { checkAppendRequest } from './append-checks.js';
import { formatPosition, parsePosition, type Position } from './position.js';
import { MAX_READ_LIMIT } from './read-plan.js';
import { shardOf } from './shard.js';
import type { StoredEvent } from './stored-event.js';
import { STREAM_CLOSED_TYPE } from './stream-closed.js';

/** What a store has, as far as an import must know it. */
export interface ImportTarget {
  readonly shardCount: number;
  /** The last version of a stream and whether it closed the stream; version 0 where there is none. Asked once a stream. */
  head(streamId: string): { readonly version: number; readonly isClosed: boolean };
  /** Asked only for versions up to the head. */
  eventIdAt(streamId: string, version: number): string | undefined;
  /** The end of a shard's log. Asked once a shard. */
  lastPosition(shard: number): Position | undefined;
}

/**
 * The events that are to be written, with their shards and positions in this store; those that are there already are left out. Where two
 * commits of different streams share a time in one shard, the index of the later one is raised, so that the order stays.
 *
 * Pure, but for what the target reads. Throws `IMPORT_CONFLICT`, `APPEND_INVALID`, `STREAM_ID_INVALID`, `PAYLOAD_TOO_LARGE`, `POSITION_INVALID`.
 */
export function planImport(events: readonly StoredEvent[], target: ImportTarget): readonly StoredEvent[] {
  checkCount(events);
  const heads = new Map<string, { version: number; isClosed: boolean }>();
  const lasts = new Map<number, Position | undefined>();
  const planned: StoredEvent[] = [];
  for (const event of events) {
    checkEvent(event);
    const head = heads.get(event.streamId) ?? { ...target.head(event.streamId) };
    heads.set(event.streamId, head);
    if (event.version <= head.version) {
      checkSame(event, planned, target);
      continue;
    }
    checkFollows(event, head);
    const shard = shardOf(event.streamId, target.shardCount);
    const position = placeAfter(event, lasts.has(shard) ? lasts.get(shard) : target.lastPosition(shard));
    lasts.set(shard, position);
    head.version = event.version;
    head.isClosed = event.type === STREAM_CLOSED_TYPE;
    planned.push({ ...event, shard, position });
  }
  return planned;
}

/** Throws what {@link planImport} finds wrong with events whatever a store has; for a store that must read before it can plan. */
export function checkImport(events: readonly StoredEvent[]): void {
  checkCount(events);
  for (const event of events) {
    checkEvent(event);
    parsePosition(event.position);
  }
}

function checkCount(events: readonly StoredEvent[]): void {
  if (events.length <= MAX_READ_LIMIT) return;
  throw new EventspanError('OPTION_INVALID', { path: 'importEvents.events', value: events.length, bound: `at most ${MAX_READ_LIMIT}` });
}

function checkEvent(event: StoredEvent): void {
  const { streamId, version, eventId, type, data, metadata } = event;
  checkAppendRequest({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId, type, data, metadata }] }] });
  if (!Number.isSafeInteger(version) || version < 1) throw conflict(event, `its version ${version} is not a whole number from 1`);
}

function checkSame(event: StoredEvent, planned: readonly StoredEvent[], target: ImportTarget): void {
  const { streamId, version, eventId } = event;
  const inPlan = planned.find((other) => other.streamId === streamId && other.version === version)?.eventId;
  const there = inPlan ?? target.eventIdAt(streamId, version);
  if (there !== eventId) throw conflict(event, `the store has ${there === undefined ? 'no event' : `the event ${there}`} at that version`);
}

/** The closing event of a deleted stream is the only one whose predecessor may be missing. */
function checkFollows(event: StoredEvent, head: { readonly version: number; readonly isClosed: boolean }): void {
  if (head.isClosed) throw conflict(event, 'its stream is closed there');
  const isNext = event.version === head.version + 1 || event.type === STREAM_CLOSED_TYPE;
  if (!isNext) throw conflict(event, `version ${head.version + 1} of its stream is missing before it`);
}

function placeAfter(event: StoredEvent, last: Position | undefined): Position {
  const own = parsePosition(event.position);
  const place = { ...own, streamId: event.streamId, version: event.version };
  if (last === undefined) return formatPosition(place);
  const end = parsePosition(last);
  if (own.commitTime < end.commitTime) {
    throw conflict(event, `it was committed at ${own.commitTime}, and the log of its shard is at ${end.commitTime} already`);
  }
  const commitIndex = own.commitTime === end.commitTime ? Math.max(own.commitIndex, end.commitIndex + 1) : own.commitIndex;
  return formatPosition({ ...place, commitIndex });
}

function conflict({ eventId, streamId, version }: StoredEvent, reason: string): EventspanError {
  return new EventspanError('IMPORT_CONFLICT', { eventId, streamId, version, reason });
}
