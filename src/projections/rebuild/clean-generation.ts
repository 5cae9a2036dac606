import type { RowChange, TableDefinition } from '../../event-store/read-models.js';
import { HANDLER_STARTS, PARKED_STREAMS } from '../../event-store/system-tables.js';
import { generationConsumer, generationLabel } from '../generation.js';
import { physicalTableOf } from '../physical-table.js';
import type { GenerationRecord } from './generation-record.js';
import type { RebuildContext } from './rebuild-context.js';
import { streamRebuildConsumer } from './request-stream-rebuilds.js';

const ROWS_A_COMMIT = 200;

/** Removes what a generation has left: tables, what is parked for it, cursors. Idempotent; nobody uses it any more. */
export async function cleanGeneration(record: GenerationRecord, { store, foreign, caller }: RebuildContext): Promise<void> {
  const elsewhere = Object.hasOwn(foreign, record.projector) ? foreign[record.projector] : undefined;
  if (elsewhere === undefined) {
    await store.readModels.dropTables(
      record.tables.map((table) => physicalTableOf(table, record)),
      { caller },
    );
  } else {
    await elsewhere.dropTables?.(record.tables, generationLabel(record));
  }
  const consumer = generationConsumer(record);
  for (const table of [PARKED_STREAMS, HANDLER_STARTS]) await deleteRows(table, consumer, { store, caller });
  await deleteRows(PARKED_STREAMS, streamRebuildConsumer(record), { store, caller });
  await store.cursors.remove(consumer, { caller });
}

async function deleteRows(
  table: TableDefinition,
  consumer: string,
  { store, caller }: Pick<RebuildContext, 'store' | 'caller'>,
): Promise<void> {
  let changes: RowChange[] = [];
  const flush = async (): Promise<void> => {
    if (changes.length === 0) return;
    const batch = await store.readModels.openBatch({ rows: 'stream', caller });
    await batch.commit(changes);
    changes = [];
  };
  for await (const row of store.readModels.scan(table, { consumer }, { caller })) {
    changes.push({ kind: 'delete', table, row: Object.fromEntries(table.key.map((column) => [column, row[column]])) });
    if (changes.length === ROWS_A_COMMIT) await flush();
  }
  await flush();
}
