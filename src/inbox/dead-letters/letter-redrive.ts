import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import { DEAD_LETTER_CONTENTS, DEAD_LETTER_KEYS, DEAD_LETTERS, INBOX } from '../../event-store/messaging-tables.js';
import type { RowChange } from '../../event-store/read-models.js';
import type { CursorAdvance } from '../../event-store/shard-cursors.js';
import { planRecovery } from '../../subscriptions/plan-recovery.js';
import { throwIfAborted } from '../../support/abort.js';
import { nextDelayMs, type Backoff } from '../../support/backoff.js';
import type { Clock } from '../../support/clock.js';
import type { BatchRunner } from '../batch-runner.js';
import type { HeldMessage, Verdict } from '../held-message.js';
import type { InboxCounts } from '../inbox-status.js';
import type { InboxRows } from '../inbox-rows.js';
import type { MessageReader } from '../read-message.js';
import { deadLetterOf, type DeadLetter } from './dead-letter.js';
import { failedAgainChanges, removeChanges, type LetterKey } from './letter-changes.js';
import { contentsOfRow, messageOfContents } from './letter-contents.js';

export interface LetterRedriveOptions {
  readonly consumer: string;
  readonly runner: BatchRunner;
  readonly reader: MessageReader;
  readonly store: EventStore;
  readonly inbox: InboxRows;
  readonly counts: InboxCounts;
  readonly clock: Clock;
  readonly caller: string;
  readonly closing: AbortSignal;
  /** Says in each commit that this process is still the one that does it. */
  readonly advance: CursorAdvance;
}

const BACKOFF: Backoff = { initialMs: 50, factor: 2, maxMs: 5_000 };

/** Handles dead letters again, one at a time. */
export class LetterRedrive {
  constructor(private readonly options: LetterRedriveOptions) {}

  /**
   * Tries once. Answers whether the letter is gone: handled, in one commit with its inbox row, or dealt with before. Else it stays, with the new
   * reason. 3 Reads and 1 Commit. Throws `CURSOR_LOST` and `OUTCOME_UNKNOWN`, after which the cursor has to be taken anew.
   */
  async handle(messageId: string): Promise<boolean> {
    const { consumer, store, caller } = this.options;
    const key: LetterKey = { consumer, message_id: messageId };
    const [[row], [contents], [dealtWith]] = await Promise.all([
      store.readModels.get(DEAD_LETTERS, [{ ...key }], { caller }),
      store.readModels.get(DEAD_LETTER_CONTENTS, [{ ...key }], { caller }),
      store.readModels.get(INBOX, [{ ...key }], { caller }),
    ]);
    if (row === undefined || contents === undefined) return true;
    const letter = deadLetterOf(row);
    // After its inbox row had expired it came again, and was handled.
    if (dealtWith?.['outcome'] === 'handled') return this.remove(key, []);
    const received = messageOfContents(contentsOfRow(contents));
    if (received === undefined) return this.failedAgain(key, letter, unreadable(new EventspanError('MESSAGE_CUT')));
    const envelope = this.options.reader.decode(received);
    if (envelope.kind === 'unreadable') return this.failedAgain(key, letter, unreadable(envelope.error));
    const held = heldOf(letter, { received, incoming: envelope.incoming, event: envelope.kind === 'taken' ? envelope.event : undefined });
    const mark = this.inboxChange(held, dealtWith !== undefined);
    if (envelope.kind === 'passed') return this.remove(key, [mark]);
    return this.run(key, { letter, held, mark });
  }

  /** All of a key were handled: later ones go on, unless more came behind. 1 transaction. */
  async removeKey(key: string, lastSequence: number): Promise<boolean> {
    const { consumer, store, caller, advance } = this.options;
    const row = { consumer, ordering_key: key };
    const batch = await store.readModels.openBatch({ rows: 'shared', caller });
    const [found] = await batch.get(DEAD_LETTER_KEYS, [row]);
    if (found !== undefined && Number(found['last_sequence']) !== lastSequence) {
      await batch.commit([{ kind: 'update', table: DEAD_LETTER_KEYS, row: { ...row, request: 'redrive' } }], advance);
      return false;
    }
    await batch.commit([{ kind: 'delete', table: DEAD_LETTER_KEYS, row }], advance);
    return true;
  }

  /** One of a key failed again: what was asked of those behind it is over. 1 Commit. */
  async giveUpKey(key: string, messageIds: readonly string[]): Promise<void> {
    const { consumer } = this.options;
    await this.commit([
      { kind: 'update', table: DEAD_LETTER_KEYS, row: { consumer, ordering_key: key, request: null } },
      ...messageIds.map((id): RowChange => ({ kind: 'update', table: DEAD_LETTERS, row: { consumer, message_id: id, request: null } })),
    ]);
  }

  private async run(key: LetterKey, { letter, held, mark }: Redriven): Promise<boolean> {
    const { runner, advance, clock, closing, counts, store, caller } = this.options;
    for (let faults = 1; ; faults++) {
      throwIfAborted(closing);
      const fault = await runner.run([held], { changes: [...removeChanges(key), mark], advance });
      if (fault === undefined) {
        counts.redriven();
        return true;
      }
      const { error, at, isUnreadable = false } = fault;
      const recovery = planRecovery({ error, events: 1, ...(at !== undefined && { at }) });
      if (recovery.kind === 'lost' || recovery.kind === 'retake') throw error;
      if (recovery.kind === 'event-failed') {
        const [still] = await store.readModels.get(DEAD_LETTERS, [{ ...key }], { caller });
        if (still === undefined) return true;
        return this.failedAgain(key, letter, isUnreadable ? unreadable(error) : { reason: reasonOf(error), error });
      }
      await clock.sleep(
        nextDelayMs(BACKOFF, faults, () => 1),
        closing,
      );
    }
  }

  private async failedAgain(key: LetterKey, { attempts }: DeadLetter, verdict: Verdict): Promise<false> {
    await this.commit(failedAgainChanges(key, { verdict, attempts: attempts + 1, now: this.options.clock.now() }));
    return false;
  }

  private async remove(key: LetterKey, changes: readonly RowChange[]): Promise<true> {
    await this.commit([...removeChanges(key), ...changes]);
    return true;
  }

  private async commit(changes: readonly RowChange[]): Promise<void> {
    const { store, caller, advance } = this.options;
    const batch = await store.readModels.openBatch({ rows: 'stream', caller });
    await batch.commit(changes, advance);
  }

  private inboxChange(held: HeldMessage, isThere: boolean): RowChange {
    const { inbox, clock } = this.options;
    return isThere ? inbox.set(held, 'handled', clock.now()) : inbox.insert(held, 'handled', clock.now());
  }
}

interface Redriven {
  readonly letter: DeadLetter;
  readonly held: HeldMessage;
  readonly mark: RowChange;
}

function heldOf(letter: DeadLetter, read: Pick<HeldMessage, 'received' | 'incoming' | 'event'>): HeldMessage {
  const nothing = { bytes: 0, answers: [], notBefore: 0, verdict: undefined, firstFailedAt: 0 };
  return { ...nothing, ...read, id: letter.messageId, key: letter.key ?? letter.messageId, arrivedAt: 0, attempts: letter.attempts };
}

function unreadable(error: unknown): Verdict {
  return { reason: 'unreadable', error };
}

function reasonOf(error: unknown): Verdict['reason'] {
  return isEventspanError(error, 'HANDLER_TIMED_OUT') ? 'timed-out' : 'failed';
}
