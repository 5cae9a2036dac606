import { isEventspanError } from '../../errors/eventspan-error.js';
import type { Row, RowChange } from '../../event-store/read-models.js';
import { PARKED_STREAMS } from '../../event-store/system-tables.js';
import { generationLabel } from '../generation.js';
import type { ProjectionEngine } from '../projection-engine.js';
import type { RebuildContext } from './rebuild-context.js';
import { streamRebuildConsumer } from './request-stream-rebuilds.js';
import { messageOf } from '../../support/message-of.js';

/** Errors that say nothing about the stream: another process has the shard now, or the store is away. */
const PASSING: ReadonlySet<string> = new Set(['CURSOR_LOST', 'OUTCOME_UNKNOWN', 'BATCH_ABORTED', 'APP_NOT_RUNNING']);

/**
 * Carries out requests for single streams whose shards the engine holds. A request ends in the commit that writes the rows; one that cannot be
 * carried out keeps the reason and is not tried again by itself. Answers how many are left for others, or for later.
 */
export async function rebuildRequestedStreams(engine: ProjectionEngine, context: RebuildContext): Promise<number> {
  const { store, caller, logger } = context;
  let left = 0;
  for await (const row of store.readModels.scan(PARKED_STREAMS, { consumer: streamRebuildConsumer(engine.generation) }, { caller })) {
    if (row['request'] !== 'rebuild') continue;
    const streamId = String(row['stream_id']);
    try {
      const ended: RowChange = { kind: 'delete', table: PARKED_STREAMS, row: keyOf(row) };
      if (!(await engine.rebuildStream(streamId, [ended]))) left++;
    } catch (error) {
      left++;
      const fields = { generation: generationLabel(engine.generation), streamId, error: messageOf(error) };
      logger.warn(fields, 'the rows of a stream could not be made anew');
      if (!isPassing(error)) await noteFailure(row, error, context);
    }
  }
  return left;
}

async function noteFailure(row: Row, error: unknown, { store, clock, caller }: RebuildContext): Promise<void> {
  const batch = await store.readModels.openBatch({ rows: 'stream', caller });
  const failed = { failed_at: new Date(clock.now()), attempts: Number(row['attempts'] ?? 0) + 1, request: null };
  const code = isEventspanError(error) ? error.code : null;
  await batch.commit([{ kind: 'update', table: PARKED_STREAMS, row: { ...keyOf(row), ...failed, code, message: messageOf(error) } }]);
}

function keyOf({ consumer, shard, stream_id }: Row): Row {
  return { consumer, shard, stream_id };
}

function isPassing(error: unknown): boolean {
  return isEventspanError(error) && (error.retryable || PASSING.has(error.code));
}
