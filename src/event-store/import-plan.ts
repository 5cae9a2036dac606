import { EventspanError } from '../errors/eventspan-error.js';
import { checkAppendRequest } from './append-checks.js';
import { comparePositions, formatPosition, parsePosition, type Position } from './position.js';
import { MAX_READ_LIMIT } from './read-plan.js';
import { shardOf } from './shard.js';
import { commitTimeOf, type StoredEvent } from './stored-event.js';
import { STREAM_CLOSED_TYPE } from './stream-closed.js';

/** What a store has, as far as an import must know it. */
export interface ImportTarget {
  readonly shardCount: number;
  /** The store's time: 30 characters. Undefined where the database itself refuses times that are ahead of it. */
  readonly now?: string;
  /** The last version of a stream and whether it closed the stream; version 0 where there is none. Asked once a stream. */
  head(streamId: string): { readonly version: number; readonly isClosed: boolean };
  /** Asked only for versions up to the head. */
  eventIdAt(streamId: string, version: number): string | undefined;
  /** The end of a shard's log. Asked once a shard. */
  lastPosition(shard: number): Position | undefined;
}

/** A log may come from a machine whose clock is so much ahead. More would hold up every lease until the clock has come so far. */
const MAX_AHEAD_MS = 10_000;

/** A stream as far as it is planned. */
interface PlannedStream {
  /** Its last version in the store, before the import. */
  readonly stored: number;
  version: number;
  isClosed: boolean;
  /** By version. */
  readonly eventIds: Map<number, string>;
}

/** Where a shard's log ends as far as it is planned: in this store, and in the log that the events come from. */
interface ShardEnd {
  here: Position | undefined;
  there: Position | undefined;
}

/**
 * The events that are to be written, with their shards and positions in this store; those that are there already are left out. Where two
 * commits of different streams share a time in one shard, the index of the later one is raised, so that the order stays.
 *
 * Pure, but for what the target reads. Throws `IMPORT_CONFLICT`, `APPEND_INVALID`, `STREAM_ID_INVALID`, `PAYLOAD_TOO_LARGE`, `POSITION_INVALID`.
 */
export function planImport(events: readonly StoredEvent[], target: ImportTarget): readonly StoredEvent[] {
  checkImport(events);
  const plan = new ImportPlan(target);
  for (const event of events) plan.add(event);
  return plan.events;
}

/** Throws what {@link planImport} finds wrong with events whatever a store has; for a store that must read before it can plan. */
export function checkImport(events: readonly StoredEvent[]): void {
  if (events.length > MAX_READ_LIMIT) {
    throw new EventspanError('OPTION_INVALID', { path: 'importEvents.events', value: events.length, bound: `at most ${MAX_READ_LIMIT}` });
  }
  for (const event of events) checkEvent(event);
}

function checkEvent(event: StoredEvent): void {
  const { streamId, version, eventId, type, data, metadata, position } = event;
  checkAppendRequest({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId, type, data, metadata }] }] });
  if (!Number.isSafeInteger(version) || version < 1) throw conflict(event, `its version ${version} is not a whole number from 1`);
  if (Number.isNaN(Date.parse(parsePosition(position).commitTime))) throw new EventspanError('POSITION_INVALID', { value: position });
}

class ImportPlan {
  readonly events: StoredEvent[] = [];
  private readonly streams = new Map<string, PlannedStream>();
  private readonly shards = new Map<number, ShardEnd>();
  private readonly latestTime: string | undefined;

  constructor(private readonly target: ImportTarget) {
    const { now } = target;
    this.latestTime = now && new Date(Date.parse(now) + MAX_AHEAD_MS).toISOString();
  }

  add(event: StoredEvent): void {
    const stream = this.streamOf(event.streamId);
    if (event.version <= stream.version) return this.checkSame(event, stream);
    checkFollows(event, stream);
    const { streamId, version, eventId, type, data, metadata } = event;
    const shard = shardOf(streamId, this.target.shardCount);
    this.events.push({ eventId, type, data, metadata, streamId, version, shard, position: this.place(event, this.endOf(shard)) });
    stream.version = version;
    stream.isClosed = type === STREAM_CLOSED_TYPE;
    stream.eventIds.set(version, eventId);
  }

  private streamOf(streamId: string): PlannedStream {
    const known = this.streams.get(streamId);
    if (known !== undefined) return known;
    const { version, isClosed } = this.target.head(streamId);
    const stream = { stored: version, version, isClosed, eventIds: new Map<number, string>() };
    this.streams.set(streamId, stream);
    return stream;
  }

  private endOf(shard: number): ShardEnd {
    const known = this.shards.get(shard);
    if (known !== undefined) return known;
    const end = { here: this.target.lastPosition(shard), there: undefined };
    this.shards.set(shard, end);
    return end;
  }

  private checkSame(event: StoredEvent, { stored, eventIds }: PlannedStream): void {
    const { streamId, version, eventId } = event;
    const there = version > stored ? eventIds.get(version) : this.target.eventIdAt(streamId, version);
    if (there === eventId) return;
    throw conflict(event, `the store has ${there === undefined ? 'no event' : `the event ${there}`} at that version`);
  }

  /** The position in this store, which is the end of the shard's log from now on. */
  private place(event: StoredEvent, end: ShardEnd): Position {
    const time = commitTimeOf(event);
    if (this.latestTime !== undefined && time > this.latestTime)
      throw conflict(event, `it was committed at ${time}, which the clock of this store has not reached`);
    if (end.there !== undefined && comparePositions(end.there, event.position) > 0)
      throw conflict(event, `it comes after ${end.there} in this import, and its position ${event.position} is before that`);
    end.there = event.position;
    end.here = placeAfter(event, end.here);
    return end.here;
  }
}

/** Only the closing event of a deleted stream comes without its predecessors: alone, since they are gone. */
function checkFollows(event: StoredEvent, { version, isClosed }: PlannedStream): void {
  if (isClosed) throw conflict(event, 'its stream is closed there');
  const comesAlone = version === 0 && event.type === STREAM_CLOSED_TYPE;
  if (event.version !== version + 1 && !comesAlone) throw conflict(event, `version ${version + 1} of its stream is missing before it`);
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
