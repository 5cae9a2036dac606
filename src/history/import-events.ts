import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { systemClock, type Clock } from '../support/clock.js';
import { callOptionsOf } from './call-options-of.js';
import { DEFAULT_BATCH_SIZE, inBatches, MAX_BATCH_SIZE } from './event-batches.js';
import type { ExportHeader } from './export-header.js';
import { ExportReader, type ExportedEvent, type ExportSource } from './export-reader.js';
import type { HistoryProgress } from './history-progress.js';
import type { HistoryCounts } from './history-tally.js';
import { writeEvents } from './write-events.js';

export interface ImportOptions extends CallOptions {
  readonly store: EventStore;
  /** Events of one write, all of which are in or none, 1..10,000. Default 1,000. Fewer where a commit has no room for them. */
  readonly batchSize?: number;
  /** Called after each write; synchronous. */
  readonly onProgress?: (progress: HistoryProgress) => void;
  /** Waits between tries. Default: the machine's. */
  readonly clock?: Clock;
}

export interface ImportResult extends HistoryCounts {
  readonly header: ExportHeader;
  /** Events that were written. After a write whose outcome was unknown its events may count as present. */
  readonly imported: number;
  /** Events that were there already. */
  readonly present: number;
  /** Position of the last event in the export; `after` of a later one that goes on from there. Absent when there is none. */
  readonly last?: Position;
}

/**
 * Reads an export and writes its events into a store as they are: ids, versions, texts and commit times stay, shards are those of the
 * store. Streaming, with back-pressure; memory as for exporting. Whatever the end, the store has a correct beginning of the export, and the same call
 * goes on from there: what is there is passed over. A call that fails for a while is repeated.
 *
 * At the end counts and checksum are compared with the export's last line. Nobody else may write to the store meanwhile.
 *
 * Throws `EXPORT_LINE_INVALID` and `IMPORT_LINE_REFUSED`, both with the line; `EXPORT_FORMAT_UNKNOWN`; `EXPORT_INCOMPLETE` (all that is there
 * was imported); `EXPORT_CHECKSUM_DIFFERS`; `EXPORT_FILE_UNREADABLE`; `OPTION_INVALID`; what the store throws.
 */
export async function importEvents(options: ImportOptions, source: ExportSource): Promise<ImportResult> {
  const size = checkWholeNumber('batchSize', options.batchSize ?? DEFAULT_BATCH_SIZE, { min: 1, max: MAX_BATCH_SIZE });
  const reader = new ExportReader();
  let events = 0;
  let imported = 0;
  for await (const batch of inBatches(reader.read(source), size)) {
    imported += await writeBatch(options, batch);
    events += batch.length;
    options.onProgress?.({ events });
  }
  const { last } = reader.counted;
  const counts = { ...reader.counted.counts(), imported, present: events - imported };
  return { header: reader.header as ExportHeader, ...counts, ...(last !== undefined && { last }) };
}

async function writeBatch(options: ImportOptions, batch: readonly ExportedEvent[]): Promise<number> {
  const { store, clock = systemClock } = options;
  try {
    const target = { store, clock, call: callOptionsOf(options) };
    return await writeEvents(
      target,
      batch.map(({ event }) => event),
    );
  } catch (error) {
    throw withLine(error, batch);
  }
}

/** The store names the event; whoever has the file wants the line. */
function withLine(error: unknown, batch: readonly ExportedEvent[]): unknown {
  if (!isEventspanError(error, 'IMPORT_CONFLICT')) return error;
  const { streamId, version, reason } = error.details;
  const found = batch.find(({ event }) => event.streamId === streamId && event.version === version);
  return new EventspanError('IMPORT_LINE_REFUSED', { line: found?.line, streamId, version, reason }, { cause: error });
}
