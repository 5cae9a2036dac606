import { DEAD_LETTER_KEYS, DEAD_LETTERS } from '../../event-store/messaging-tables.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { RowChange } from '../../event-store/read-models.js';
import type { Clock } from '../../support/clock.js';
import type { HeldMessage, Verdict } from '../held-message.js';
import type { InboxRows } from '../inbox-rows.js';
import { keepChanges } from './letter-changes.js';

/** A message, with the reason why it will not be handled. */
export interface Condemned {
  readonly message: HeldMessage;
  readonly verdict: Verdict;
}

export interface DeadLetterStoreOptions {
  readonly consumer: string;
  readonly store: Pick<EventStore, 'readModels'>;
  readonly inbox: InboxRows;
  readonly isOrdered: boolean;
  readonly clock: Clock;
  readonly caller: string;
  readonly signal: AbortSignal;
}

/** Dead letters that a depth counts at most; beyond it is only known that there are more. */
const MAX_COUNTED = 10_000;

/** Keeps the messages of one consumer that could not be handled. */
export class DeadLetterStore {
  constructor(private readonly options: DeadLetterStoreOptions) {}

  /**
   * Keeps the messages, in their order, and notes in the inbox that they are dealt with, in one commit. Answers those that it did not keep: they
   * were to go behind a dead one that is there no more. 1 Commit; of an ordered consumer one transaction, with 1 Read. Throws
   * `VIEW_ROW_EXISTS` where one is dealt with already, and the store's errors.
   */
  async keep(condemned: readonly Condemned[]): Promise<readonly HeldMessage[]> {
    const { store, consumer, inbox, isOrdered, clock, caller, signal } = this.options;
    const now = clock.now();
    const batch = await store.readModels.openBatch({ rows: 'shared', caller, signal });
    try {
      const isKeyed = (message: HeldMessage): boolean => isOrdered && message.key !== message.id;
      const keys = [...new Set(condemned.filter(({ message }) => isKeyed(message)).map(({ message }) => message.key))];
      const rows = await batch.get(
        DEAD_LETTER_KEYS,
        keys.map((key) => this.keyRow(key)),
      );
      const last = new Map<string, number>();
      keys.forEach((key, at) => rows[at] && last.set(key, Number(rows[at]['last_sequence'])));
      const changes: RowChange[] = [];
      const freed: HeldMessage[] = [];
      for (const { message, verdict } of condemned) {
        if (verdict.reason === 'behind' && !last.has(message.key)) {
          freed.push(message);
          continue;
        }
        const sequence = (last.get(message.key) ?? 0) + 1;
        if (isKeyed(message)) last.set(message.key, sequence);
        changes.push(inbox.insert(message, 'dead', now));
        const order = isKeyed(message) ? { order: { key: message.key, sequence } } : {};
        changes.push(...keepChanges({ consumer, message_id: message.id }, message, { verdict, now, ...order }));
      }
      for (const [key, sequence] of last) changes.push(this.keyChange(key, sequence));
      if (changes.length > 0) await batch.commit(changes);
      else await batch.abandon();
      return freed;
    } catch (error) {
      await batch.abandon().catch(() => undefined);
      throw error;
    }
  }

  /** Those of the keys of which a message is dead. 1 Read. */
  async blocked(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { store, caller, signal } = this.options;
    if (keys.length === 0) return new Set();
    const rows = await store.readModels.get(
      DEAD_LETTER_KEYS,
      keys.map((key) => this.keyRow(key)),
      { caller, signal },
    );
    return new Set(keys.filter((_, at) => rows[at] !== undefined));
  }

  /** How many there are. Counts 10,000 at most: that many, or more, are one number. */
  async depth(): Promise<number> {
    const { store, consumer, caller, signal } = this.options;
    let count = 0;
    for await (const _ of store.readModels.scan(DEAD_LETTERS, { consumer }, { caller, signal })) if (++count === MAX_COUNTED) break;
    return count;
  }

  private keyRow(key: string): { consumer: string; ordering_key: string } {
    return { consumer: this.options.consumer, ordering_key: key };
  }

  private keyChange(key: string, sequence: number): RowChange {
    const row = { ...this.keyRow(key), last_sequence: sequence, changed_at: new Date(this.options.clock.now()) };
    return { kind: 'upsert', table: DEAD_LETTER_KEYS, row };
  }
}
