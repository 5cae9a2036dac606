import { EventspanError } from '../errors/eventspan-error.js';
import { VersionConflictError } from '../errors/store-errors.js';
import type { AppendRequest, AppendResult, StreamAppended, StreamWrite } from './append.js';
import { checkAppendRequest } from './append-checks.js';
import type { ExpectedVersion } from './expected-version.js';
import { checkAdvances } from './cursor-checks.js';
import { formatPosition, type Position } from './position.js';
import { planChange, type PlannedChange } from './row-plan.js';
import type { CursorAdvance } from './shard-cursors.js';
import { shardOf } from './shard.js';
import { commitTimeOf } from './stored-event.js';
import { STREAM_CLOSED_TYPE } from './stream-closed.js';

/** One stream of a planned append. */
export interface PlannedWrite {
  readonly streamId: string;
  readonly shard: number;
  /** Index in the commit of the first of the events; they are numbered over the whole request. */
  readonly firstIndex: number;
  /** The version before the first event where the request names it; undefined for `'any'` and `'exists'`. */
  readonly exactHead: number | undefined;
  readonly write: StreamWrite;
}

/** A checked append, as every store carries it out. */
export interface AppendPlan {
  /** Checked changes of rows that go with the events. */
  readonly changes: readonly PlannedChange[];
  /** A checked cursor that goes with the events; none or one. */
  readonly advances: readonly CursorAdvance[];
  /**
   * The name by which a repeat is known: the request's key, else for a request with an `'any'` or `'exists'` write
   * `event:<first event id>`, since such a write has no exact place to look for its events; else undefined.
   */
  readonly key: string | undefined;
  readonly writes: readonly PlannedWrite[];
}

/** Checks a request and plans it. Throws `APPEND_INVALID`, `STREAM_ID_INVALID`, `PAYLOAD_TOO_LARGE`. */
export function planAppend(request: AppendRequest, shardCount: number): AppendPlan {
  checkAppendRequest(request);
  let index = 0;
  const writes = request.writes.map((write) => {
    const firstIndex = index;
    index += write.events.length;
    const exactHead = exactHeadOf(write.expectedVersion);
    return { streamId: write.streamId, shard: shardOf(write.streamId, shardCount), firstIndex, exactHead, write };
  });
  const advances = request.advance === undefined ? [] : [request.advance];
  checkAdvances(advances, shardCount);
  return { key: request.key ?? implicitKey(writes), writes, changes: (request.changes ?? []).map(planChange), advances };
}

/** The ids of every event of a plan, in order. */
export function eventIdsOf(plan: AppendPlan): readonly string[] {
  return plan.writes.flatMap(({ write }) => write.events.map((event) => event.eventId));
}

/**
 * Answers `head` when the write may go on from it; else throws `VERSION_CONFLICT`, or `STREAM_CLOSED` where the last event (of `headType`)
 * closed the stream.
 */
export function checkHead(planned: PlannedWrite, head: number, headType?: string): number {
  const { expectedVersion, streamId } = planned.write;
  const fits = expectedVersion === 'any' || (expectedVersion === 'exists' && head > 0) || planned.exactHead === head;
  if (!fits) throw new VersionConflictError(streamId, expectedVersion, head);
  if (headType === STREAM_CLOSED_TYPE) throw new EventspanError('STREAM_CLOSED', { streamId, version: head, detail: '' });
  return head;
}

/** The position of event `offset` (0-based) of a write that starts above `head`. */
export function plannedPosition(planned: PlannedWrite, place: { head: number; offset: number; commitTime: string }): Position {
  return formatPosition({
    commitTime: place.commitTime,
    commitIndex: planned.firstIndex + place.offset,
    streamId: planned.streamId,
    version: place.head + place.offset + 1,
  });
}

/** The answer to an append that was written at `commitTime` above `heads` (one a write, in order). */
export function appendedResult(plan: AppendPlan, heads: readonly number[], commitTime: string): AppendResult {
  const streams = plan.writes.map((planned, at) => {
    const head = heads[at] as number;
    const offset = planned.write.events.length - 1;
    return streamAppended(planned, head, plannedPosition(planned, { head, offset, commitTime }));
  });
  return { streams, commitTime, repeated: false };
}

/**
 * The answer to an append that repeats an earlier one, known by its event ids: `lastPositions` are those of the last events,
 * one a write, in order. All writes of a plan without key are exact.
 */
export function repeatedResult(plan: AppendPlan, lastPositions: readonly Position[]): AppendResult {
  const streams = plan.writes.map((planned, at) => streamAppended(planned, planned.exactHead ?? 0, lastPositions[at] as Position));
  return { streams, commitTime: commitTimeOf({ position: lastPositions[0] as Position }), repeated: true };
}

function streamAppended(planned: PlannedWrite, head: number, lastPosition: Position): StreamAppended {
  const { streamId, shard, write } = planned;
  return {
    streamId,
    shard,
    firstVersion: head + 1,
    lastVersion: head + write.events.length,
    eventIds: write.events.map((event) => event.eventId),
    lastPosition,
  };
}

function exactHeadOf(expected: ExpectedVersion): number | undefined {
  if (expected === 'none') return 0;
  return typeof expected === 'number' ? expected : undefined;
}

function implicitKey(writes: readonly PlannedWrite[]): string | undefined {
  const first = writes[0]?.write.events[0];
  if (first === undefined || writes.every((planned) => planned.exactHead !== undefined)) return undefined;
  return `event:${first.eventId}`;
}
