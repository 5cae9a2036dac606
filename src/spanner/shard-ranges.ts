import type { ShardRange } from '../event-store/event-store.js';
import { comparePositions, parsePosition, type Position } from '../event-store/position.js';
import { commitTimeOf } from '../event-store/stored-event.js';
import type { KeyRange, ListValue } from './protocol.js';
import { key } from './values.js';

/** Ranges of the index `events_log` for checked ranges of the log; those that cannot hold an event are left out. */
export function shardRanges(ranges: readonly ShardRange[]): readonly KeyRange[] {
  return ranges.filter(canHoldEvents).map((range) => ({ ...startOf(range), endClosed: endOf(range) }));
}

function canHoldEvents({ after, upTo, asOf }: ShardRange): boolean {
  if (after === undefined) return true;
  if (asOf !== undefined && commitTimeOf({ position: after }) > asOf) return false;
  return upTo === undefined || comparePositions(after, upTo) < 0;
}

function startOf({ shard, after }: ShardRange): KeyRange {
  return after === undefined ? { startClosed: key(shard) } : { startOpen: positionKey(shard, after) };
}

/** A prefix as a closed end takes in every key that begins with it. */
function endOf({ shard, upTo, asOf }: ShardRange): ListValue {
  const endsAtPosition = upTo !== undefined && (asOf === undefined || commitTimeOf({ position: upTo }) <= asOf);
  if (endsAtPosition) return positionKey(shard, upTo);
  return asOf === undefined ? key(shard) : key(shard, asOf);
}

function positionKey(shard: number, position: Position): ListValue {
  const { commitTime, commitIndex, streamId, version } = parsePosition(position);
  return key(shard, commitTime, commitIndex, streamId, version);
}
