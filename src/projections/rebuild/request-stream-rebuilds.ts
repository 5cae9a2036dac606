import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { ReadModels, RowChange } from '../../event-store/read-models.js';
import { shardOf } from '../../event-store/shard.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import { PARKED_STREAMS } from '../../event-store/system-tables.js';
import { generationConsumer, type Generation } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { MAX_STREAM_EVENTS } from './rebuild-stream.js';

/** Streams of one request, at most. */
const MAX_STREAMS = 1_000;

export interface StreamRebuildRequest {
  readonly store: EventStore;
  readonly projector: ProjectorDefinition;
  /** The live one, of the projector's version. */
  readonly generation: Generation;
  readonly streams: readonly string[];
  readonly now: Date;
  readonly caller: string;
}

/**
 * Asks the owner of each stream's shard to make the stream's rows anew: a durable request a stream, all in one commit. Throws
 * `REBUILD_STREAMS_UNSUPPORTED`, `REBUILD_STREAM_TOO_LONG` (then nothing is asked for), `OPTION_INVALID`.
 */
export async function requestStreamRebuilds(request: StreamRebuildRequest): Promise<void> {
  const { store, projector, streams, caller } = request;
  if (streams.length === 0 || streams.length > MAX_STREAMS) {
    throw new EventspanError('OPTION_INVALID', { path: 'streams', value: streams.length, bound: `1 to ${MAX_STREAMS} ids of streams` });
  }
  const reason = reasonAgainst(projector);
  if (reason !== undefined) throw new EventspanError('REBUILD_STREAMS_UNSUPPORTED', { projector: projector.name, reason });
  const first: StoredEvent[] = [];
  for (const streamId of new Set(streams)) first.push(await firstOf(request, streamId));
  const batch = await store.readModels.openBatch({ rows: 'stream', caller });
  await batch.commit(first.map((event) => requestOf(event, request)));
}

/**
 * Under which name the requests of a generation are kept, beside streams that are parked for it: a stream whose rows are made anew is not
 * parked meanwhile.
 */
export function streamRebuildConsumer(generation: Generation): string {
  return `rebuild-streams:${generationConsumer(generation)}`;
}

/** Only where each row is written by one stream alone can a stream's rows be told from those of others. */
export function reasonAgainst({ rows, tables, lifecycle }: ProjectorDefinition): string | undefined {
  if (lifecycle === 'inline') return 'its rows are written together with the events';
  if (rows !== 'stream') return "its rows are 'shared', so that a row may be of several streams";
  const counters = tables.find(({ kind }) => kind === 'counters');
  return counters === undefined ? undefined : `the counters of ${counters.name} are sums over all streams`;
}

/** The first event; looks that there are not too many. */
async function firstOf({ store, projector, caller }: StreamRebuildRequest, streamId: string): Promise<StoredEvent> {
  for await (const last of store.readStream(streamId, { direction: 'backwards', limit: 1, caller })) {
    if (last.version > MAX_STREAM_EVENTS) throw new EventspanError('REBUILD_STREAM_TOO_LONG', { streamId, limit: MAX_STREAM_EVENTS });
  }
  for await (const event of store.readStream(streamId, { limit: 1, caller })) return event;
  throw new EventspanError('REBUILD_STREAMS_UNSUPPORTED', { projector: projector.name, reason: `the stream ${streamId} has no events` });
}

function requestOf(first: StoredEvent, { store, generation, now }: StreamRebuildRequest): RowChange {
  const row = {
    consumer: streamRebuildConsumer(generation),
    shard: shardOf(first.streamId, store.shardCount),
    stream_id: first.streamId,
    version: first.version,
    position: first.position,
    event_id: first.eventId,
    type: first.type,
    reason: 'rebuild',
    code: null,
    message: null,
    attempts: 0,
    parked_at: now,
    request: 'rebuild',
    requested_at: now,
  };
  return { kind: 'upsert', table: PARKED_STREAMS, row };
}

/** A request for a single stream that is not carried out yet, or could not be. */
export interface StreamRebuildInfo {
  readonly streamId: string;
  readonly shard: number;
  /** Why it could not be carried out; ask again when that is mended. */
  readonly reason?: { readonly code?: string; readonly message: string };
}

export async function listStreamRebuilds(
  readModels: ReadModels,
  generation: Generation,
  caller: string,
): Promise<readonly StreamRebuildInfo[]> {
  const infos: StreamRebuildInfo[] = [];
  for await (const row of readModels.scan(PARKED_STREAMS, { consumer: streamRebuildConsumer(generation) }, { caller })) {
    const { code, message } = row;
    const reason = { message: String(message), ...(typeof code === 'string' && { code }) };
    infos.push({ streamId: String(row['stream_id']), shard: Number(row['shard']), ...(typeof message === 'string' && { reason }) });
  }
  return infos;
}
