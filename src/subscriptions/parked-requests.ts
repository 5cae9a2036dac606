import { isEventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelBatch, Row, RowChange } from '../event-store/read-models.js';
import { PARKED_REQUESTS, PARKED_STREAMS } from '../event-store/system-tables.js';
import type { ParkedRequest, ParkedStream } from './parked-stream.js';

/** What an operator wants of some streams of one consumer. */
export interface RequestWriting {
  readonly store: EventStore;
  readonly request: Omit<ParkedRequest, 'upToVersion'>;
  /** Tells one request from the next. */
  readonly id: string;
  readonly caller: string;
  /** Where a discard of this stream ends. */
  readonly upToVersionOf: (parked: ParkedStream) => Promise<number | null>;
}

/** How often a transaction is begun anew because of other writers. */
const MAX_TRIES = 10;

/**
 * Writes requests into the rows of those streams that are still parked, all or none, with the note that makes owners look. Answers how many they
 * were. 1 transaction.
 */
export async function writeRequests(parked: readonly ParkedStream[], writing: RequestWriting): Promise<number> {
  const upTo = new Map<ParkedStream, number | null>();
  for (const each of parked) upTo.set(each, await writing.upToVersionOf(each));
  for (let tries = 1; ; tries++) {
    const batch = await writing.store.readModels.openBatch({ rows: 'shared', caller: writing.caller });
    try {
      return await writeOnce(batch, upTo, writing);
    } catch (error) {
      await batch.abandon().catch(() => undefined);
      if (!isEventspanError(error, 'BATCH_ABORTED') || tries === MAX_TRIES) throw error;
    }
  }
}

async function writeOnce(batch: ReadModelBatch, upTo: ReadonlyMap<ParkedStream, number | null>, writing: RequestWriting): Promise<number> {
  const parked = [...upTo.keys()];
  const rows = await batch.get(PARKED_STREAMS, parked.map(keyOf));
  const changes = parked.flatMap((each, at): RowChange[] => {
    const row = rows[at];
    return row === undefined ? [] : [requestChange(each, row, { writing, upTo: upTo.get(each) ?? null })];
  });
  if (changes.length === 0) {
    await batch.abandon();
    return 0;
  }
  const note = { consumer: parked[0]?.consumer, request_id: writing.id, requested_at: writing.request.at };
  await batch.commit([...changes, { kind: 'upsert', table: PARKED_REQUESTS, row: note }]);
  return changes.length;
}

/** A discard that waits already includes a re-drive of the rest. */
function requestChange(
  parked: ParkedStream,
  row: Row,
  { writing, upTo }: { readonly writing: RequestWriting; readonly upTo: number | null },
): RowChange {
  const { kind, reason, at } = writing.request;
  const request =
    kind === 'redrive' && row['request'] === 'discard' ? {} : { request: kind, request_reason: reason ?? null, request_version: upTo };
  return { kind: 'update', table: PARKED_STREAMS, row: { ...keyOf(parked), ...request, requested_at: at } };
}

function keyOf({ consumer, shard, streamId }: ParkedStream): Row {
  return { consumer, shard, stream_id: streamId };
}
