import { appendedResult, checkHead, repeatedResult, type AppendPlan, type PlannedWrite } from '../event-store/append-plan.js';
import type { AppendResult } from '../event-store/append.js';
import type { Position } from '../event-store/position.js';
import type { SqliteDatabase } from './database.js';
import { EVENT_COLUMNS, findEvents } from './event-rows.js';
import { applyChange } from './rows.js';
import { applyAdvances } from './shard-cursors.js';

const HEAD = 'SELECT version, type FROM events WHERE stream_id = ? ORDER BY version DESC LIMIT 1';
const SPAN = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND version > ? AND version <= ? ORDER BY version`;
export const INSERT_EVENT = `INSERT INTO events (stream_id, version, event_id, shard, commit_time, commit_index, type, metadata, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_SNAPSHOT = 'INSERT INTO snapshots (stream_id, version, state) VALUES (?, ?, ?)';
const INSERT_KEY = 'INSERT INTO append_keys (key, result) VALUES (?, ?)';
const FIND_KEY = 'SELECT result FROM append_keys WHERE key = ?';

/** Carries a plan out; only inside a write transaction, whose lock makes reading the head and writing above it one step. */
export function appendToLog(database: SqliteDatabase, plan: AppendPlan): AppendResult {
  const before = (plan.key === undefined ? undefined : findByKey(database, plan.key)) ?? findRepeated(database, plan);
  if (before !== undefined) return before;
  // The cursor first: of two reasons to refuse the append, a spent token is the one that matters.
  applyAdvances(database, plan.advances);
  const heads = plan.writes.map((planned) => {
    const head = headOf(database, planned.streamId);
    return checkHead(planned, head.version, head.type);
  });
  const commitTime = database.nextCommitTime();
  plan.writes.forEach((planned, at) => insertWrite(database, planned, { head: heads[at] as number, commitTime }));
  for (const change of plan.changes) applyChange(database, change);
  const result = appendedResult(plan, heads, commitTime);
  if (plan.key !== undefined) database.run(INSERT_KEY, [plan.key, JSON.stringify(result)]);
  return result;
}

/** The first result of an append with this key. */
export function findByKey(database: SqliteDatabase, key: string): AppendResult | undefined {
  const row = database.get(FIND_KEY, [key]);
  return row && { ...(JSON.parse(row['result'] as string) as AppendResult), repeated: true };
}

/** The last version of a stream and the type of the event there; version 0 where there is none. */
export function headOf(database: SqliteDatabase, streamId: string): { readonly version: number; readonly type?: string } {
  const row = database.get(HEAD, [streamId]);
  return row === undefined ? { version: 0 } : { version: row['version'] as number, type: row['type'] as string };
}

/** The first result of the same events on the same exact versions. Anything less is a conflict, which `checkHead` finds. */
function findRepeated(database: SqliteDatabase, plan: AppendPlan): AppendResult | undefined {
  if (plan.writes.length === 0) return undefined;
  const lastPositions: Position[] = [];
  for (const planned of plan.writes) {
    const last = lastOfSame(database, planned);
    if (last === undefined) return undefined;
    lastPositions.push(last);
  }
  return repeatedResult(plan, lastPositions);
}

function lastOfSame(database: SqliteDatabase, { exactHead, streamId, write: { events } }: PlannedWrite): Position | undefined {
  if (exactHead === undefined || headOf(database, streamId).version < exactHead + events.length) return undefined;
  const stored = findEvents(database, SPAN, [streamId, exactHead, exactHead + events.length]);
  const isSame = events.every((event, offset) => stored[offset]?.eventId === event.eventId);
  return isSame ? stored.at(-1)?.position : undefined;
}

function insertWrite(database: SqliteDatabase, planned: PlannedWrite, { head, commitTime }: { head: number; commitTime: string }): void {
  const { streamId, shard, firstIndex, write } = planned;
  write.events.forEach(({ eventId, type, data, metadata }, offset) => {
    const version = head + offset + 1;
    database.run(INSERT_EVENT, [streamId, version, eventId, shard, commitTime, firstIndex + offset, type, metadata, data]);
  });
  if (write.snapshot !== undefined) database.run(INSERT_SNAPSHOT, [streamId, head + write.events.length, write.snapshot]);
}
