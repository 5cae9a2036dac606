import {
  appendedResult,
  checkHead,
  plannedPosition,
  repeatedResult,
  type AppendPlan,
  type PlannedWrite,
} from '../event-store/append-plan.js';
import type { AppendResult } from '../event-store/append.js';
import { formatMicros } from '../event-store/commit-time.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { applyChanges } from './apply-changes.js';
import type { MemoryLog } from './log.js';
import { applyAdvances } from './shard-cursors.js';

/** Carries a plan out in one go: no other call runs in between, since nothing is awaited. */
export function appendToLog(log: MemoryLog, plan: AppendPlan, nowMs: number): AppendResult {
  const before = plan.key === undefined ? undefined : log.appends.get(plan.key);
  if (before !== undefined) return { ...before, repeated: true };
  const repeated = findRepeated(log, plan);
  if (repeated !== undefined) return repeated;
  const heads = plan.writes.map((planned) => {
    const head = log.head(planned.streamId);
    return checkHead(planned, head.version, head.type);
  });
  applyChanges(log, plan.changes, () => applyAdvances(log, nowMs, plan.advances));
  const commitTime = formatMicros(log.nextCommitTime(nowMs));
  plan.writes.forEach((planned, at) => write(log, planned, { head: heads[at] as number, commitTime }));
  const result = appendedResult(plan, heads, commitTime);
  if (plan.key !== undefined) log.appends.set(plan.key, result);
  return result;
}

/** The first result of the same events on the same exact versions. Anything less is a conflict, which `checkHead` finds. */
function findRepeated(log: MemoryLog, plan: AppendPlan): AppendResult | undefined {
  if (plan.writes.length === 0) return undefined;
  const lastPositions: Position[] = [];
  for (const planned of plan.writes) {
    const last = lastOfSame(log, planned);
    if (last === undefined) return undefined;
    lastPositions.push(last);
  }
  return repeatedResult(plan, lastPositions);
}

function lastOfSame(log: MemoryLog, { exactHead, streamId, write: { events } }: PlannedWrite): Position | undefined {
  if (exactHead === undefined) return undefined;
  const { events: stored, removed } = log.streams.get(streamId) ?? { events: [], removed: 0 };
  const isSame = events.every((event, offset) => stored[exactHead + offset - removed]?.eventId === event.eventId);
  return isSame ? stored[exactHead + events.length - 1 - removed]?.position : undefined;
}

function write(log: MemoryLog, planned: PlannedWrite, { head, commitTime }: { head: number; commitTime: string }): void {
  const { streamId, shard } = planned;
  const stream = log.stream(streamId);
  planned.write.events.forEach(({ eventId, type, data, metadata }, offset) => {
    const position = plannedPosition(planned, { head, offset, commitTime });
    const event: StoredEvent = { eventId, type, data, metadata, streamId, version: head + offset + 1, shard, position };
    stream.events.push(event);
    log.shards[shard]?.push(event);
  });
  const { snapshot } = planned.write;
  if (snapshot !== undefined) stream.snapshots.push({ version: head + planned.write.events.length, state: snapshot });
}
