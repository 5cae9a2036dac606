import type { RowChange } from '../event-store/read-models.js';
import { INBOX } from '../event-store/messaging-tables.js';
import type { HeldMessage } from './held-message.js';

export type InboxOutcome = 'handled' | 'dead' | 'skipped';

const DAY_MS = 86_400_000;

/** Makes the rows that say that messages were dealt with. */
export class InboxRows {
  constructor(
    private readonly consumer: string,
    private readonly days: number,
  ) {}

  /** Fails where the message has been dealt with. */
  insert(message: Pick<HeldMessage, 'id' | 'incoming'>, outcome: InboxOutcome, now: number): RowChange {
    return { kind: 'insert', table: INBOX, row: this.row(message, outcome, now) };
  }

  /** A dead letter was handled after all; its row may have expired since. */
  set(message: Pick<HeldMessage, 'id' | 'incoming'>, outcome: InboxOutcome, now: number): RowChange {
    return { kind: 'upsert', table: INBOX, row: this.row(message, outcome, now) };
  }

  private row({ id, incoming }: Pick<HeldMessage, 'id' | 'incoming'>, outcome: InboxOutcome, now: number): Record<string, unknown> {
    return {
      consumer: this.consumer,
      message_id: id,
      outcome,
      type: incoming?.type ?? null,
      subject: incoming?.subject ?? null,
      handled_at: new Date(now),
      expires_at: new Date(now + this.days * DAY_MS),
    };
  }
}
