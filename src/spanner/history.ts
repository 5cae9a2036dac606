import { EventspanError } from '../errors/eventspan-error.js';
import type { ShardExtent, StreamSummary } from '../event-store/event-store.js';
import { planImport } from '../event-store/import-plan.js';
import type { ListPlan } from '../event-store/list-plan.js';
import { formatPosition, parsePosition, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { storeFailed, type Call } from './calls.js';
import { checkCommitSize } from './commit-size.js';
import type { SpannerContext } from './context.js';
import { guardMutation, INSERT_COLUMNS, isGuard } from './event-rows.js';
import type { ListValue, Mutation, Value } from './protocol.js';
import { STATUS } from './status.js';
import { timeOfCell } from './times.js';
import { cell, key, NULL, optionalText, textOf } from './values.js';

/** Rows of one deleting Commit; each costs a mutation and one in the index. */
const DELETE_CHUNK = 10_000;
/** Streams whose heads one query reads. */
const HEADS_CHUNK = 500;

/** One page of streams. 1 query. */
export async function listStreams(
  context: SpannerContext,
  { prefix, after, limit }: ListPlan,
  call: Call,
): Promise<readonly StreamSummary[]> {
  const sql = `
    SELECT s.stream_id, CAST(s.version AS STRING), e.type, CAST(s.snapshot AS STRING)
    FROM (
      SELECT stream_id, MAX(version) AS version, MAX(IF(snapshot IS NULL, NULL, version)) AS snapshot FROM events
      WHERE stream_id > @after AND STARTS_WITH(stream_id, @prefix) GROUP BY stream_id ORDER BY stream_id LIMIT ${limit}
    ) AS s JOIN events AS e ON e.stream_id = s.stream_id AND e.version = s.version
    ORDER BY s.stream_id`;
  const rows = await query(context, call, { name: 'the listing of streams', sql, params: { after: cell(after), prefix: cell(prefix) } });
  return rows.map(({ values }) => {
    const snapshot = optionalText(values[3]);
    return {
      streamId: textOf(values[0]),
      version: Number(textOf(values[1])),
      isClosed: textOf(values[2]) === STREAM_CLOSED_TYPE,
      ...(snapshot !== undefined && { snapshotVersion: Number(snapshot) }),
    };
  });
}

/** Counts by a walk through the log's index: 1 query, and one small one for each shard that has events. */
export async function describeShards(context: SpannerContext, call: Call): Promise<readonly ShardExtent[]> {
  const sql = 'SELECT CAST(shard AS STRING), CAST(COUNT(*) AS STRING) FROM events@{FORCE_INDEX=events_log} GROUP BY shard';
  const rows = await query(context, call, { name: 'the counting of events', sql });
  const counts = new Map(rows.map(({ values }) => [Number(textOf(values[0])), Number(textOf(values[1]))]));
  const shards = Array.from({ length: context.settings.shards }, (_, shard) => shard);
  return Promise.all(
    shards.map(async (shard) => {
      const events = counts.get(shard) ?? 0;
      const last = events === 0 ? undefined : await lastPosition(context, shard, call);
      return { shard, events, ...(last !== undefined && { last }) };
    }),
  );
}

/** Writes events of another log in one Commit; answers how many were not there. */
export async function importIntoLog(context: SpannerContext, events: readonly StoredEvent[], call: Call): Promise<number> {
  const shardCount = context.settings.shards;
  const heads = await readHeads(context, [...new Set(events.map(({ streamId }) => streamId))], call);
  const known = await readEventIds(
    context,
    events.filter(({ streamId, version }) => version <= (heads.get(streamId)?.version ?? 0)),
    call,
  );
  const lasts = new Map<number, Position | undefined>();
  await Promise.all(
    Array.from({ length: shardCount }, async (_, shard) => void lasts.set(shard, await lastPosition(context, shard, call))),
  );
  const planned = planImport(events, {
    shardCount,
    head: (streamId) => heads.get(streamId) ?? { version: 0, isClosed: false },
    eventIdAt: (streamId, version) => known.get(`${version}/${streamId}`),
    lastPosition: (shard) => lasts.get(shard),
  });
  if (planned.length === 0) return 0;
  // The closing event of a deleted stream comes alone: its first version is kept as deleting keeps it.
  const orphans = planned.filter(({ type, streamId, version }) => type === STREAM_CLOSED_TYPE && version > 1 && !heads.has(streamId));
  const guarded = orphans.filter(({ streamId }) => !planned.some((other) => other.streamId === streamId && other.version === 1));
  const mutations = [...guarded.map(({ streamId }) => guardMutation(streamId, 'guard')), importMutation(planned)];
  checkCommitSize(mutations);
  await context.calls.run(
    {
      name: 'the import',
      kind: 'write',
      attempt: async () => void (await context.rpc.commit(mutations, call)),
      onRefused: async (refusal) => {
        // An earlier attempt of this very Commit, whose answer was lost, or somebody who writes meanwhile.
        const isOwn = refusal.code === STATUS.ALREADY_EXISTS && (await areThere(context, planned, call));
        if (!isOwn) throw storeFailed('the import', refusal.error);
      },
    },
    call,
  );
  return planned.length;
}

/** Removes all events of a closed stream but the last, in commits of 10,000; answers how many. Throws `STREAM_NOT_CLOSED`. */
export async function deleteFromLog(context: SpannerContext, streamId: string, call: Call): Promise<number> {
  const { version, isClosed } = (await readHeads(context, [streamId], call)).get(streamId) ?? { version: 0, isClosed: false };
  if (!isClosed) throw new EventspanError('STREAM_NOT_CLOSED', { streamId });
  // First of all version 1 gets a row that keeps it, so that the stream never looks like a new one.
  let removed = await guardFirst(context, streamId, call);
  for (;;) {
    const range = { startOpen: key(streamId, version), endOpen: key(streamId, 1) };
    const body = { table: 'events', columns: ['version'], keySet: { ranges: [range] }, limit: DELETE_CHUNK };
    const rows = await context.calls.run(
      { name: 'the read of the stream', kind: 'read', attempt: () => context.rpc.readAll(body, call) },
      call,
    );
    if (rows.length === 0) return removed;
    const keys = rows.map((row) => key(streamId, Number(textOf(row[0]))));
    const mutations: readonly Mutation[] = [{ delete: { table: 'events', keySet: { keys } } }];
    await context.calls.run(
      { name: 'the removal of events', kind: 'write', attempt: async () => void (await context.rpc.commit(mutations, call)) },
      call,
    );
    removed += rows.length;
  }
}

/** Answers whether an event was there, as 1 or 0. */
async function guardFirst(context: SpannerContext, streamId: string, call: Call): Promise<number> {
  const body = { table: 'events', columns: ['shard', 'event_id', 'type'], keySet: { keys: [key(streamId, 1)] } };
  const attempt = (): Promise<(readonly Value[])[]> => context.rpc.readAll(body, call);
  const [row] = await context.calls.run({ name: 'the read of the first event', kind: 'read', attempt }, call);
  if (row !== undefined && isGuard({ shard: Number(textOf(row[0])) })) return 0;
  if (row !== undefined && textOf(row[2]) === STREAM_CLOSED_TYPE) return 0;
  const mutations = [guardMutation(streamId, row === undefined ? 'guard' : textOf(row[1]))];
  await context.calls.run(
    { name: 'the removal of events', kind: 'write', attempt: async () => void (await context.rpc.commit(mutations, call)) },
    call,
  );
  return row === undefined ? 0 : 1;
}

function importMutation(events: readonly StoredEvent[]): Mutation {
  const values = events.map(({ streamId, version, eventId, position, type, data, metadata, shard }) => {
    const { commitTime, commitIndex } = parsePosition(position);
    const cells = [streamId, version, eventId, commitIndex, type, data, metadata, shard, commitTime].map(cell);
    return { values: [...cells, NULL] };
  });
  return { insert: { table: 'events', columns: INSERT_COLUMNS, values } };
}

async function areThere(context: SpannerContext, events: readonly StoredEvent[], call: Call): Promise<boolean> {
  const ids = await readEventIds(context, events, call);
  return events.every(({ streamId, version, eventId }) => ids.get(`${version}/${streamId}`) === eventId);
}

async function lastPosition(context: SpannerContext, shard: number, call: Call): Promise<Position | undefined> {
  const sql = `SELECT stream_id, CAST(version AS STRING), CAST(commit_pos AS STRING), commit_ts FROM events@{FORCE_INDEX=events_log}
    WHERE shard = ${shard} ORDER BY shard DESC, commit_ts DESC, commit_pos DESC, stream_id DESC, version DESC LIMIT 1`;
  const [row] = await query(context, call, { name: "the end of a shard's log", sql });
  if (row === undefined) return undefined;
  const [streamId = '', version = '', commitIndex = '', commitTime = ''] = row.values.map(textOf);
  return formatPosition({ commitTime: timeOfCell(commitTime), commitIndex: Number(commitIndex), streamId, version: Number(version) });
}

async function readHeads(
  context: SpannerContext,
  streamIds: readonly string[],
  call: Call,
): Promise<ReadonlyMap<string, { readonly version: number; readonly isClosed: boolean }>> {
  const heads = new Map<string, { version: number; isClosed: boolean }>();
  for (let at = 0; at < streamIds.length; at += HEADS_CHUNK) {
    const part = streamIds.slice(at, at + HEADS_CHUNK);
    const params = Object.fromEntries(part.map((streamId, place) => [`s${place}`, cell(streamId)]));
    const names = part.map((_, place) => `@s${place}`).join(', ');
    const sql = `SELECT e.stream_id, CAST(e.version AS STRING), e.type FROM events AS e
      JOIN (SELECT stream_id, MAX(version) AS version FROM events WHERE stream_id IN (${names}) GROUP BY stream_id) AS h
        ON h.stream_id = e.stream_id AND h.version = e.version`;
    for (const { values } of await query(context, call, { name: 'the read of heads', sql, params })) {
      heads.set(textOf(values[0]), { version: Number(textOf(values[1])), isClosed: textOf(values[2]) === STREAM_CLOSED_TYPE });
    }
  }
  return heads;
}

/** Ids by `<version>/<stream>`. 1 Read, none where nothing is asked for. */
async function readEventIds(context: SpannerContext, events: readonly StoredEvent[], call: Call): Promise<ReadonlyMap<string, string>> {
  if (events.length === 0) return new Map();
  const keys = events.map(({ streamId, version }) => key(streamId, version));
  const body = { table: 'events', columns: ['stream_id', 'version', 'event_id'], keySet: { keys } };
  const attempt = (): Promise<(readonly Value[])[]> => context.rpc.readAll(body, call);
  const rows = await context.calls.run({ name: 'the read of event ids', kind: 'read', attempt }, call);
  return new Map(rows.map((row) => [`${textOf(row[1])}/${textOf(row[0])}`, textOf(row[2])]));
}

function query(
  context: SpannerContext,
  call: Call,
  { name, sql, params }: { readonly name: string; readonly sql: string; readonly params?: Readonly<Record<string, Value>> },
): Promise<readonly ListValue[]> {
  return context.calls.run({ name, kind: 'read', attempt: () => context.rpc.query(sql, call, params) }, call);
}
