import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { callOptionsOf } from './call-options-of.js';
import type { ExportHeader } from './export-header.js';
import { ExportReader, type ExportedEvent, type ExportSource } from './export-reader.js';
import type { HistoryProgress } from './history-progress.js';
import type { HistoryCounts } from './history-tally.js';
import { pairLogs, type LogPair } from './log-pairs.js';
import { selectEvents } from './select-events.js';

export interface VerifyExportOptions extends CallOptions {
  /** Compares the export with this store, event by event. Absent: the export is checked by itself. */
  readonly store?: EventStore;
  /** Called about every 1,000 events; synchronous. */
  readonly onProgress?: (progress: HistoryProgress) => void;
}

export interface VerifyExportResult extends HistoryCounts {
  readonly header: ExportHeader;
}

const PROGRESS_EVERY = 1_000;
const COMPARED = ['eventId', 'type', 'metadata', 'data'] as const;

/**
 * Reads an export and writes nothing: every line, order, holes, counts and checksum; with a store, that it has exactly these events in
 * what the export covers: the same streams, versions, ids, types, commit times, metadata and payloads.
 *
 * Memory: about 150 bytes a stream; with a store, a page of each shard and the events of one commit time. Throws as `importEvents` does, and `EXPORT_STORE_DIFFERS` with the
 * first difference. An upcast export is compared with a store that it was imported into.
 */
export async function verifyExport(options: VerifyExportOptions, source: ExportSource): Promise<VerifyExportResult> {
  const reader = new ExportReader();
  const events = singly(reader.read(source), options);
  if (options.store === undefined) for await (const event of events) void event;
  else await compare(events, { store: options.store, reader, options });
  return { header: reader.header as ExportHeader, ...reader.counted.counts() };
}

async function* singly(blocks: AsyncIterable<readonly ExportedEvent[]>, options: VerifyExportOptions): AsyncGenerator<ExportedEvent> {
  let events = 0;
  for await (const block of blocks) {
    for (const event of block) {
      if (++events % PROGRESS_EVERY === 0) options.onProgress?.({ events });
      yield event;
    }
  }
}

interface Comparison {
  readonly store: EventStore;
  readonly reader: ExportReader;
  readonly options: VerifyExportOptions;
}

async function compare(events: AsyncGenerator<ExportedEvent>, { store, reader, options }: Comparison): Promise<void> {
  let line = 1;
  for await (const pair of pairLogs(events, stored(store, reader, options))) {
    line = pair.first?.line ?? line;
    const reason = differenceOf(pair);
    if (reason === undefined) continue;
    const event = pair.first?.event ?? pair.second;
    throw new EventspanError('EXPORT_STORE_DIFFERS', { line, streamId: event?.streamId, version: event?.version, reason });
  }
}

/** Begun after the first line was read, which says what the export covers. */
async function* stored(store: EventStore, reader: ExportReader, options: VerifyExportOptions): AsyncGenerator<StoredEvent> {
  const { header } = reader;
  if (header === undefined) return;
  const { asOf, after, prefix, streams } = header;
  yield* selectEvents(
    store,
    {
      asOf,
      ...(prefix !== undefined && { prefix }),
      ...(streams !== undefined && { streams }),
      ...(after !== undefined && { after: after as Position }),
    },
    callOptionsOf(options),
  );
}

function differenceOf({ first, second }: LogPair<ExportedEvent>): string | undefined {
  if (second === undefined) return 'the store does not have it there';
  if (first === undefined) return 'the store has it, and the export does not';
  const different = COMPARED.find((name) => first.event[name] !== second[name]);
  return different && `its ${different} is another`;
}
