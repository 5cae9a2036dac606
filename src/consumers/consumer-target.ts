import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelBatch } from '../event-store/read-models.js';
import { StoreTarget, type RowsOfBatch } from '../projections/store-target.js';
import type { ViewBuffer } from '../projections/view-buffer.js';
import type { ViewTables } from '../projections/view-tables.js';
import { commitAdvance } from './commit-advance.js';
import { OutboxView } from './outbox-view.js';

export interface ConsumerTargetOptions {
  readonly store: Pick<EventStore, 'cursors' | 'readModels'>;
  readonly rows: 'shared' | 'stream';
  readonly caller: string;
  readonly onAppended: (result: AppendResult) => void;
}

/** Rows, cursor and what the handlers send, in one commit. */
export class ConsumerTarget extends StoreTarget {
  constructor(
    tables: ViewTables,
    private readonly sending: ConsumerTargetOptions,
  ) {
    super(sending.store, tables, sending);
  }

  protected override async write(rows: ReadModelBatch, view: ViewBuffer, { batch, changes }: RowsOfBatch): Promise<void> {
    const writes = view instanceof OutboxView ? view.writes : [];
    if (writes.length === 0) return rows.commit(changes, batch.advance);
    const result = await rows.append({ writes, changes, advance: batch.advance });
    // What was sent is there already, by the same events: they have been handled, and only the cursor is behind.
    if (result.repeated) await commitAdvance(this.sending.store, batch, this.sending.caller);
    else this.sending.onAppended(result);
  }
}
