import { planChange, rowMissing } from '../../event-store/row-plan.js';
import type { RowChange } from '../../event-store/read-models.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { ViewBuffer } from '../view-buffer.js';
import type { ViewTables } from '../view-tables.js';

/** What a stream's rows are made by. */
export interface StreamReplay {
  readonly projector: Pick<ProjectorDefinition, 'name'>;
  readonly tables: ViewTables;
  /** All events of the stream up to the cursor, in order. */
  readonly events: readonly StoredEvent[];
  /** Runs the projector's handler for one event. */
  readonly run: (event: StoredEvent, view: ViewBuffer) => Promise<void>;
}

/**
 * The changes that put the rows of one stream in place of what is there: its events run on an empty view, and each row that they touched is
 * removed and written anew. Rows that today's handlers do not touch stay. Throws what the handlers throw.
 */
export async function replacementRows({ projector, tables, events, run }: StreamReplay): Promise<readonly RowChange[]> {
  const view = new ViewBuffer(projector.name, tables, { get: (_, keys) => Promise.resolve(keys.map(() => undefined)) });
  try {
    for (const event of events) await run(event, view);
  } finally {
    view.close();
  }
  return view.rowChanges().flatMap(replacing);
}

function replacing(change: RowChange): readonly RowChange[] {
  const { kind, table, row } = change;
  if (kind === 'update') throw rowMissing(planChange(change));
  const key = Object.fromEntries(table.key.map((column) => [column, row[column]]));
  const removed: RowChange = { kind: 'delete', table, row: key };
  return kind === 'delete' ? [removed] : [removed, { kind: 'upsert', table, row }];
}
