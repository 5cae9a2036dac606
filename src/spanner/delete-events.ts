import { EventspanError } from '../errors/eventspan-error.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { guardMutation, isGuard } from './event-rows.js';
import type { Mutation, Value } from './protocol.js';
import { readHead } from './stream-head.js';
import { key, NULL, textOf } from './values.js';

/** Versions of one deleting Commit: far below the bound of mutations, and the emulator takes time with the square of a Commit's rows. */
const DELETE_CHUNK = 1_000;

/** Versions of a stream, inclusive; `closing` is that of its last event. */
interface Span {
  readonly streamId: string;
  readonly from: number;
  readonly to: number;
  readonly closing: number;
}

/**
 * Removes all events of a closed stream but the last; answers how many. Throws `STREAM_NOT_CLOSED`. 1 Read, and 1 Read and 1 Commit for
 * every 1,000 versions.
 *
 * The first Commit puts the guard in the place of version 1, so that the stream never looks like a new one. Versions go from the lowest up:
 * whoever reads meanwhile finds the hole before the rest, and takes the stream for what it is.
 */
export async function deleteFromLog(context: SpannerContext, streamId: string, call: Call): Promise<number> {
  const { version: closing, type } = await readHead(context, streamId, call);
  if (type !== STREAM_CLOSED_TYPE) throw new EventspanError('STREAM_NOT_CLOSED', { streamId });
  let removed = 0;
  for (let from = 1; from < closing; from += DELETE_CHUNK) {
    removed += await deleteSpan(context, { streamId, from, to: Math.min(from + DELETE_CHUNK, closing) - 1, closing }, call);
  }
  return removed;
}

async function deleteSpan({ calls, rpc }: SpannerContext, span: Span, call: Call): Promise<number> {
  const { streamId, from, to } = span;
  const range = { startClosed: key(streamId, to), endClosed: key(streamId, from) };
  const body = { table: 'events', columns: ['version', 'shard'], keySet: { ranges: [range] } };
  const read = (): Promise<(readonly Value[])[]> => rpc.readAll(body, call);
  const rows = await calls.run({ name: `the read of ${streamId}`, kind: 'read', attempt: read }, call);
  const versions = rows.filter((row) => !isGuard({ shard: Number(textOf(row[1])) })).map((row) => Number(textOf(row[0])));
  if (versions.length === 0) return 0;
  const mutations = deletions(span, versions);
  const attempt = async (): Promise<void> => void (await rpc.commit(mutations, call));
  await calls.run({ name: `the removal of events of ${streamId}`, kind: 'write', attempt }, call);
  return versions.length;
}

function deletions({ streamId, from, closing }: Span, versions: readonly number[]): Mutation[] {
  const keys = versions.filter((version) => version > 1).map((version) => key(streamId, version));
  const rows: Mutation[] = keys.length === 0 ? [] : [{ delete: { table: 'events', keySet: { keys } } }];
  if (from > 1) return rows;
  const bare = { values: [...key(streamId, closing).values, NULL] };
  const snapshot: Mutation = { update: { table: 'events', columns: ['stream_id', 'version', 'snapshot'], values: [bare] } };
  return [guardMutation(streamId), snapshot, ...rows];
}
