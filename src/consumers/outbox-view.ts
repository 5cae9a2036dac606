import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import type { Effects } from '../messaging/outgoing.js';
import { ViewBuffer } from '../projections/view-buffer.js';

/** A view that also keeps what the handlers of its batch send. */
export class OutboxView extends ViewBuffer {
  readonly writes: StreamWrite[] = [];
  private readonly sent: RowChange[] = [];

  add<T extends Effects>(effects: T): T {
    this.writes.push(...effects.writes);
    this.sent.push(...effects.changes);
    return effects;
  }

  override rowChanges(): readonly RowChange[] {
    return [...super.rowChanges(), ...this.sent];
  }
}
