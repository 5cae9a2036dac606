import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { PROCESSES } from '../event-store/messaging-tables.js';
import type { RowChange } from '../event-store/read-models.js';
import { parseProcessAdvanced, PROCESS_ADVANCED, type ProcessRecord } from '../messages/framework/process-advanced.js';
import { processStreamOf } from './process-stream.js';

/** A process as its last transition left it. */
export interface StoredProcess {
  readonly processId: string;
  /** Transitions that it has behind it. */
  readonly version: number;
  readonly record: ProcessRecord;
}

/** Whose processes, and how they are read. */
export interface ProcessSource {
  readonly store: EventStore;
  readonly process: string;
  readonly calls: CallOptions;
}

/** Those that have begun, by id. 1 Read for all. */
export async function readProcesses(
  { store, process, calls }: ProcessSource,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredProcess>> {
  const keys = ids.map((processId) => ({ process, process_id: processId }));
  const rows = await store.readModels.get(PROCESSES, keys, calls);
  const found = new Map<string, StoredProcess>();
  rows.forEach((row, at) => {
    if (row === undefined) return;
    const { record } = parseProcessAdvanced({ data: String(row['data']) });
    const processId = ids[at] as string;
    found.set(processId, { processId, version: Number(row['version']), record });
  });
  return found;
}

/** As {@link readProcesses}, from the streams: what counts where a row is not what the stream says. 1 Read for each. */
export async function readProcessStreams(source: ProcessSource, ids: readonly string[]): Promise<ReadonlyMap<string, StoredProcess>> {
  const read = await Promise.all(ids.map((processId) => readProcessStream(source, processId)));
  return new Map(read.flatMap((each) => (each === undefined ? [] : [[each.processId, each] as const])));
}

/** The row that goes with a transition. */
export function processRow(
  process: string,
  { processId, version, record }: StoredProcess,
  { data, at }: { readonly data: string; readonly at: Date },
): RowChange {
  const { status, startedAt } = record;
  const row = { process, process_id: processId, version, status, data, started_at: new Date(startedAt), changed_at: at };
  return { kind: 'upsert', table: PROCESSES, row };
}

async function readProcessStream({ store, process, calls }: ProcessSource, processId: string): Promise<StoredProcess | undefined> {
  const streamId = processStreamOf(process, processId);
  for await (const event of store.readStream(streamId, { ...calls, direction: 'backwards', limit: 1 })) {
    const { type, version } = event;
    if (type !== PROCESS_ADVANCED) throw new EventspanError('PROCESS_STREAM_FOREIGN', { process, processId, streamId, type });
    return { processId, version, record: parseProcessAdvanced(event).record };
  }
  return undefined;
}
