import { EventspanError } from '../errors/eventspan-error.js';
import { formatMicros } from '../event-store/commit-time.js';
import type { StreamSummary } from '../event-store/event-store.js';
import { planImport } from '../event-store/import-plan.js';
import type { ListPlan } from '../event-store/list-plan.js';
import { compareCodePoints } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { MemoryLog } from './log.js';

/** One page of streams. */
export function listStreams(log: MemoryLog, { prefix, after, limit }: ListPlan): readonly StreamSummary[] {
  const ids = [...log.streams.keys()].filter((id) => id.startsWith(prefix) && compareCodePoints(id, after) > 0).sort(compareCodePoints);
  return ids.slice(0, limit).map((streamId) => {
    const { version, type } = log.head(streamId);
    const snapshotVersion = log.streams.get(streamId)?.snapshots.at(-1)?.version;
    return { streamId, version, isClosed: type === STREAM_CLOSED_TYPE, ...(snapshotVersion !== undefined && { snapshotVersion }) };
  });
}

/** Writes events of another log; answers how many were not there. */
export function importIntoLog(log: MemoryLog, events: readonly StoredEvent[], nowMs: number): number {
  const planned = planImport(events, {
    shardCount: log.shardCount,
    now: formatMicros(log.currentTime(nowMs)),
    head: (streamId) => {
      const { version, type } = log.head(streamId);
      return { version, isClosed: type === STREAM_CLOSED_TYPE };
    },
    eventIdAt: (streamId, version) => {
      const stream = log.streams.get(streamId);
      return stream?.events[version - 1 - stream.removed]?.eventId;
    },
    lastPosition: (shard) => log.shards[shard]?.at(-1)?.position,
  });
  for (const event of planned) {
    const stream = log.stream(event.streamId);
    if (stream.events.length === 0) stream.removed = event.version - 1;
    stream.events.push(event);
    log.shards[event.shard]?.push(event);
    log.passTime(Date.parse(commitTimeOf(event)) * 1000 + 999);
  }
  return planned.length;
}

/** Removes all events of a closed stream but the last; answers how many. Throws `STREAM_NOT_CLOSED`. */
export function deleteFromLog(log: MemoryLog, streamId: string): number {
  if (log.head(streamId).type !== STREAM_CLOSED_TYPE) throw new EventspanError('STREAM_NOT_CLOSED', { streamId });
  const stream = log.stream(streamId);
  const removed = stream.events.splice(0, stream.events.length - 1);
  stream.removed += removed.length;
  stream.snapshots.length = 0;
  if (removed.length > 0) log.removeFromShard((removed[0] as StoredEvent).shard, new Set(removed));
  return removed.length;
}
