import { EventspanError } from '../errors/eventspan-error.js';
import { checkImport, planImport } from '../event-store/import-plan.js';
import { parsePosition, type Position } from '../event-store/position.js';
import { shardOf } from '../event-store/shard.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { storeFailed, type Call, type Refusal } from './calls.js';
import { checkCommitSize } from './commit-size.js';
import type { SpannerContext } from './context.js';
import { guardMutation, INSERT_COLUMNS } from './event-rows.js';
import { KnownStreams } from './known-streams.js';
import { lastPositions } from './log-ends.js';
import type { Mutation } from './protocol.js';
import { STATUS } from './status.js';
import { cell, key, NULL } from './values.js';
import { messageOf } from '../support/message-of.js';

const FUTURE = /timestamps? in the future/i;

/**
 * Writes events of another log in one Commit; answers how many were not there. 3 Reads and 1 Commit; 1 Read where all are there.
 * A Commit has room for about 4,200 events (80,000 mutations) and 45 MB of texts, which are written twice; more is `COMMIT_TOO_LARGE`.
 * 500 events a call are a good number: the emulator takes time with the square of it (500: 0.3 s, 1,000: 0.8 s, 4,000: 40 s).
 */
export async function importIntoLog(context: SpannerContext, events: readonly StoredEvent[], call: Call): Promise<number> {
  checkImport(events);
  const shardCount = context.settings.shards;
  const known = await KnownStreams.read(context, events, call);
  const ends = await readEnds(context, firstNew(events, known, shardCount), call);
  const planned = planImport(events, {
    shardCount,
    head: (streamId) => known.head(streamId),
    eventIdAt: (streamId, version) => known.eventIdAt(streamId, version),
    lastPosition: (shard) => ends.get(shard),
  });
  if (planned.length === 0) return 0;
  const mutations = [...guards(planned, known), importMutation(planned)];
  checkCommitSize(mutations);
  await context.calls.run(
    {
      name: 'the import',
      kind: 'write',
      attempt: async () => void (await context.rpc.commit(mutations, call)),
      onRefused: async (refusal) => {
        const error = await explain(context, { refusal, planned, call });
        if (error !== undefined) throw error;
      },
    },
    call,
  );
  return planned.length;
}

/** By shard, the commit time of the first event that is not there. */
function firstNew(events: readonly StoredEvent[], known: KnownStreams, shardCount: number): ReadonlyMap<number, string> {
  const times = new Map<number, string>();
  for (const event of events) {
    if (known.eventIdAt(event.streamId, event.version) !== undefined) continue;
    const shard = shardOf(event.streamId, shardCount);
    if (!times.has(shard)) times.set(shard, commitTimeOf(event));
  }
  return times;
}

/** Of each shard the last position at `time`, or some position after it. An index is read forwards only, so its end is not looked up. */
async function readEnds(context: SpannerContext, times: ReadonlyMap<number, string>, call: Call): Promise<ReadonlyMap<number, Position>> {
  const at = [...times].map(([shard, time]) => ({ startClosed: key(shard, time), endClosed: key(shard, time) }));
  const beyond = [...times].map(([shard, time]) => ({ startOpen: key(shard, time), endClosed: key(shard) }));
  const [same, later] = await Promise.all([
    lastPositions(context, { ranges: at }, call),
    // One is enough to refuse all.
    lastPositions(context, { ranges: beyond, limit: 1 }, call),
  ]);
  return new Map([...same, ...later]);
}

/** The closing event of a deleted stream comes alone: version 1 is kept as deleting keeps it. */
function guards(planned: readonly StoredEvent[], known: KnownStreams): Mutation[] {
  const begun = new Set(planned.filter(({ version }) => version === 1).map(({ streamId }) => streamId));
  const orphans = planned.filter(({ type, streamId }) => type === STREAM_CLOSED_TYPE && !begun.has(streamId) && !known.hasFirst(streamId));
  return orphans.map(({ streamId }) => guardMutation(streamId));
}

function importMutation(events: readonly StoredEvent[]): Mutation {
  const values = events.map(({ streamId, version, eventId, position, type, data, metadata, shard }) => {
    const { commitTime, commitIndex } = parsePosition(position);
    const cells = [streamId, version, eventId, commitIndex, type, data, metadata, shard, commitTime].map(cell);
    return { values: [...cells, NULL] };
  });
  return { insert: { table: 'events', columns: INSERT_COLUMNS, values } };
}

/** Undefined where an earlier attempt of this very Commit, whose reply was lost, has written all of it. */
async function explain(
  context: SpannerContext,
  { refusal, planned, call }: { readonly refusal: Refusal; readonly planned: readonly StoredEvent[]; readonly call: Call },
): Promise<EventspanError | undefined> {
  const { code, error } = refusal;
  if (code === STATUS.ALREADY_EXISTS) {
    const other = (await KnownStreams.read(context, planned, call)).firstOther(planned);
    return other && conflict(other, 'another event came to that version meanwhile', error);
  }
  const last = planned.at(-1);
  if (last === undefined || !FUTURE.test(messageOf(error))) return storeFailed('the import', error);
  const latest = planned.reduce((found, event) => (commitTimeOf(event) > commitTimeOf(found) ? event : found), last);
  return conflict(latest, `it was committed at ${commitTimeOf(latest)}, which the clock of this store has not reached`, error);
}

function conflict({ eventId, streamId, version }: StoredEvent, reason: string, cause: unknown): EventspanError {
  return new EventspanError('IMPORT_CONFLICT', { eventId, streamId, version, reason }, { cause });
}
