import { checkWholeNumber } from '../../errors/check-option.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import { DEAD_LETTER_CHANGES, DEAD_LETTER_CONTENTS, DEAD_LETTERS } from '../../event-store/messaging-tables.js';
import type { RowChange } from '../../event-store/read-models.js';
import { throwIfAborted } from '../../support/abort.js';
import { systemClock, type Clock } from '../../support/clock.js';
import { uuidV7, type IdGenerator } from '../../support/uuid-v7.js';
import { deadLetterChangeOf, deadLetterOf, type DeadLetter, type DeadLetterDetails } from './dead-letter.js';
import { contentsOfRow } from './letter-contents.js';
import { discardChanges, editChanges, type LetterEdit } from './letter-edits.js';
import { inTransaction, noteChange } from './letter-requests.js';
import { checkLetterSelection, isLetterSelected, type DeadLetterSelection } from './letter-selection.js';

export interface DeadLettersOptions {
  readonly store: EventStore;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: UUID version 7. */
  readonly ids?: IdGenerator;
  /** Told of each consumer that something was asked of, so that one in this process looks at once. Default: they look within a second. */
  readonly notify?: (consumer: string) => void;
}

/** Who does something for good, and why; kept. */
export interface Accounted {
  /** 1 to 1,000 characters. */
  readonly by: string;
  /** 1 to 1,000 characters. */
  readonly reason: string;
}

/** What was asked for. */
export interface DeadLettersAsked {
  /** Dead letters that the request was written for. */
  readonly requested: number;
  /** For `waitUntilSettled`. */
  readonly ticket: DeadLetterTicket;
}

/** Tells one request from others. */
export interface DeadLetterTicket {
  readonly consumer?: string;
  readonly requested: number;
  readonly at: Date;
}

/** What has become of a request. */
export interface DeadLettersOutcome {
  /** Not carried out yet. */
  readonly pending: number;
  /** Dead letters that are handled, or gone otherwise. */
  readonly settled: number;
  /** Those that failed again, and those that wait behind one that did. */
  readonly failedAgain: number;
}

export interface SettleLettersOptions {
  /** Milliseconds, 0..86,400,000, default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (outcome: DeadLettersOutcome) => void;
}

/**
 * Messages of topics that could not be handled. What is asked for is noted durably, and carried out by a process that runs the consumer. Asking
 * twice is fine. Safe to use concurrently.
 */
export interface DeadLetters {
  /** By consumer and id, without what they hold. Memory is bounded. */
  list(selection?: DeadLetterSelection): AsyncIterable<DeadLetter>;
  /** One of them with what it holds and what was done to it; undefined when it is none. 2 Reads and 1 scan. */
  show(consumer: string, messageId: string): Promise<DeadLetterDetails | undefined>;
  /**
   * Has them handled again, each in one commit with its inbox row; of a key all, from the first, in order. One that fails stays, with the new
   * reason, and those behind it. Throws `DEAD_LETTER_SELECTION_INVALID`; `DEAD_LETTER_UNKNOWN` where a message is named and is none.
   */
  redrive(selection: DeadLetterSelection): Promise<DeadLettersAsked>;
  /**
   * Changes what one holds and has it handled again. Kept for good: who, why, and what it held before and after. 1 transaction. Throws
   * `DEAD_LETTER_UNKNOWN`, and `OPTION_INVALID` for what could not have been a message.
   */
  editAndRedrive(consumer: string, messageId: string, edit: LetterEdit & Accounted): Promise<DeadLettersAsked>;
  /**
   * Gives them up for good, and has those behind them handled. Kept: who, why, and what each held. At once, 1 transaction each. Answers how
   * many. Throws as `redrive`, and `OPTION_INVALID`.
   */
  discard(selection: DeadLetterSelection, account: Accounted): Promise<number>;
  /** Resolves when what was asked for is carried out. 1 scan at growing intervals from 50 ms to 2 s. Throws `DEAD_LETTERS_NOT_SETTLED`, and the signal's reason. */
  waitUntilSettled(ticket: DeadLetterTicket, options?: SettleLettersOptions): Promise<DeadLettersOutcome>;
}

const CALLER = 'dead-letters';
/** Letters of one commit of requests. */
const PAGE = 200;
const FIRST_POLL_MS = 50;
const MAX_POLL_MS = 2_000;
const POLL_FACTOR = 1.5;
const MAX_ACCOUNT_CHARACTERS = 1_000;

export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  return new StoredDeadLetters(options);
}

class StoredDeadLetters implements DeadLetters {
  private readonly store: EventStore;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;
  private lastAsked = 0;

  constructor(private readonly options: DeadLettersOptions) {
    this.store = options.store;
    this.clock = options.clock ?? systemClock;
    this.ids = options.ids ?? uuidV7();
  }

  async *list(selection: DeadLetterSelection = {}): AsyncGenerator<DeadLetter> {
    const { consumer } = selection;
    const prefix = consumer === undefined ? undefined : { consumer };
    for await (const row of this.store.readModels.scan(DEAD_LETTERS, prefix, { caller: CALLER })) {
      const letter = deadLetterOf(row);
      if (isLetterSelected(letter, selection)) yield letter;
    }
  }

  async show(consumer: string, messageId: string): Promise<DeadLetterDetails | undefined> {
    const key = { consumer, message_id: messageId };
    const [row] = await this.store.readModels.get(DEAD_LETTERS, [key], { caller: CALLER });
    const [contents] = await this.store.readModels.get(DEAD_LETTER_CONTENTS, [key], { caller: CALLER });
    if (row === undefined || contents === undefined) return undefined;
    const changes: ReturnType<typeof deadLetterChangeOf>[] = [];
    for await (const change of this.store.readModels.scan(DEAD_LETTER_CHANGES, key, { caller: CALLER })) {
      changes.push(deadLetterChangeOf(change));
    }
    const stack = contents['stack'];
    return { ...deadLetterOf(row), contents: contentsOfRow(contents), ...(typeof stack === 'string' && { stack }), changes };
  }

  async redrive(selection: DeadLetterSelection): Promise<DeadLettersAsked> {
    checkLetterSelection(selection);
    const at = this.newTime();
    let requested = 0;
    for await (const page of this.pages(selection)) requested += await this.request(page, at);
    this.refuseNone(selection, requested);
    return { requested, ticket: { ...(selection.consumer !== undefined && { consumer: selection.consumer }), requested, at } };
  }

  async editAndRedrive(consumer: string, messageId: string, edit: LetterEdit & Accounted): Promise<DeadLettersAsked> {
    checkAccount(edit);
    const key = { consumer, message_id: messageId };
    const at = this.newTime();
    await inTransaction(this.store, CALLER, async (batch) => {
      const [row] = await batch.get(DEAD_LETTERS, [key]);
      const [contents] = await batch.get(DEAD_LETTER_CONTENTS, [key]);
      if (row === undefined || contents === undefined) throw new EventspanError('DEAD_LETTER_UNKNOWN', { consumer, messageId });
      const account = { by: edit.by, reason: edit.reason, at, id: this.ids() };
      return [...editChanges(key, { before: contentsOfRow(contents), edit, account }), noteChange(consumer, { id: this.ids(), at })];
    });
    this.options.notify?.(consumer);
    return { requested: 1, ticket: { consumer, requested: 1, at } };
  }

  async discard(selection: DeadLetterSelection, account: Accounted): Promise<number> {
    checkLetterSelection(selection);
    checkAccount(account);
    let discarded = 0;
    for await (const page of this.pages(selection)) {
      for (const letter of page) discarded += await this.discardOne(letter, account);
      this.options.notify?.(page[0]?.consumer ?? '');
    }
    this.refuseNone(selection, discarded);
    return discarded;
  }

  async waitUntilSettled(
    ticket: DeadLetterTicket,
    { timeoutMs = 60_000, signal, onProgress }: SettleLettersOptions = {},
  ): Promise<DeadLettersOutcome> {
    checkWholeNumber('timeoutMs', timeoutMs, { min: 0, max: 86_400_000 });
    const deadline = this.clock.now() + timeoutMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_FACTOR)) {
      throwIfAborted(signal);
      const outcome = await this.outcomeOf(ticket);
      onProgress?.(outcome);
      if (outcome.pending === 0) return outcome;
      const restMs = deadline - this.clock.now();
      if (restMs <= 0) throw new EventspanError('DEAD_LETTERS_NOT_SETTLED', { pending: outcome.pending, timeoutMs });
      await this.clock.sleep(Math.min(pollMs, restMs), signal);
    }
  }

  /** Writes the request into those that are still there. 1 transaction. */
  private async request(page: readonly DeadLetter[], at: Date): Promise<number> {
    const consumer = page[0]?.consumer ?? '';
    let requested = 0;
    await inTransaction(this.store, CALLER, async (batch) => {
      const keys = page.map(({ messageId }) => ({ consumer, message_id: messageId }));
      const rows = await batch.get(DEAD_LETTERS, keys);
      const there = keys.filter((_, index) => rows[index] !== undefined);
      requested = there.length;
      if (requested === 0) return [];
      const asked = there.map((key): RowChange => {
        return { kind: 'update', table: DEAD_LETTERS, row: { ...key, request: 'redrive', requested_at: at } };
      });
      return [...asked, noteChange(consumer, { id: this.ids(), at })];
    });
    this.options.notify?.(consumer);
    return requested;
  }

  private async discardOne({ consumer, messageId, key }: DeadLetter, { by, reason }: Accounted): Promise<number> {
    const letterKey = { consumer, message_id: messageId };
    const at = this.newTime();
    let discarded = 0;
    await inTransaction(this.store, CALLER, async (batch) => {
      const [row] = await batch.get(DEAD_LETTERS, [letterKey]);
      const [contents] = await batch.get(DEAD_LETTER_CONTENTS, [letterKey]);
      discarded = row === undefined || contents === undefined ? 0 : 1;
      if (contents === undefined || discarded === 0) return [];
      const account = { by, reason, at, id: this.ids() };
      const changes = discardChanges(letterKey, { before: contentsOfRow(contents), account, key });
      return [...changes, noteChange(consumer, { id: this.ids(), at })];
    });
    return discarded;
  }

  /** The selected letters, page by page; a page is of one consumer. */
  private async *pages(selection: DeadLetterSelection): AsyncGenerator<readonly DeadLetter[]> {
    let page: DeadLetter[] = [];
    for await (const letter of this.list(selection)) {
      if (page.length === PAGE || (page[0] !== undefined && page[0].consumer !== letter.consumer)) {
        yield page;
        page = [];
      }
      page.push(letter);
    }
    if (page.length > 0) yield page;
  }

  private async outcomeOf({ consumer, requested, at }: DeadLetterTicket): Promise<DeadLettersOutcome> {
    let [pending, failedAgain] = [0, 0];
    for await (const letter of this.list(consumer === undefined ? {} : { consumer })) {
      if (letter.requestedAt?.getTime() !== at.getTime()) continue;
      if (letter.isRequested) pending++;
      else failedAgain++;
    }
    return { pending, failedAgain, settled: Math.max(0, requested - pending - failedAgain) };
  }

  private refuseNone({ consumer = 'any consumer', messageId }: DeadLetterSelection, found: number): void {
    if (found === 0 && messageId !== undefined) throw new EventspanError('DEAD_LETTER_UNKNOWN', { consumer, messageId });
  }

  /** Requests of this object have times of their own, by which they are told from each other. */
  private newTime(): Date {
    this.lastAsked = Math.max(this.clock.now(), this.lastAsked + 1);
    return new Date(this.lastAsked);
  }
}

function checkAccount(account: Accounted): void {
  for (const name of ['by', 'reason'] as const) {
    const value: unknown = account[name];
    const isRight = typeof value === 'string' && value.trim() !== '' && value.length <= MAX_ACCOUNT_CHARACTERS;
    if (!isRight)
      throw new EventspanError('OPTION_INVALID', { path: name, value, bound: `a text of 1 to ${MAX_ACCOUNT_CHARACTERS} characters` });
  }
}
