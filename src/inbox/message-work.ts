import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { INBOX } from '../event-store/messaging-tables.js';
import { planRecovery } from '../subscriptions/plan-recovery.js';
import { isAborted } from '../support/abort.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import type { BatchFault, BatchRunner } from './batch-runner.js';
import type { Condemned, DeadLetterStore } from './dead-letters/dead-letter-store.js';
import type { CircuitGate } from './circuit-gate.js';
import type { HeldMessage, MessageOutcome } from './held-message.js';
import type { InboxCounts } from './inbox-status.js';
import type { InboxRows } from './inbox-rows.js';
import { planFailure } from './plan-failure.js';
import type { RecentMessages } from './recent-messages.js';

export interface MessageWorkOptions {
  readonly consumer: string;
  readonly runner: BatchRunner;
  readonly store: Pick<EventStore, 'readModels'>;
  readonly letters: DeadLetterStore;
  readonly inbox: InboxRows;
  readonly isOrdered: boolean;
  /** Messages that are given up go back to the broker. */
  readonly isNative: boolean;
  readonly breaker: CircuitGate;
  readonly counts: InboxCounts;
  readonly recent: RecentMessages;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly caller: string;
  readonly abandon: AbortSignal;
}

/** Between tries while the store is away, or others write the same rows. */
const FAULT_BACKOFF: Backoff = { initialMs: 50, factor: 2, maxMs: 10_000 };
/** Milliseconds for which the inbox is asked before messages are handled, after it was found to know one. */
const CAUTIOUS_MS = 60_000;
/** Milliseconds between tries of a message whose policy is to stop before it. */
const STAND_STILL_MS = 30_000;

/**
 * What becomes of a batch of messages: those dealt with before are dropped, those behind a dead one join it, the others are handled and
 * committed, and what fails is tried again later or kept as a dead letter. A message is answered when what became of it is durable; those that
 * are not answered go back to wait. Safe to use concurrently.
 */
export class MessageWork {
  /** Faults of the store in a row. */
  private faults = 0;

  constructor(private readonly options: MessageWorkOptions) {}

  /** Answers the messages that are to be tried again, in their order. Never throws. */
  async process(given: readonly HeldMessage[]): Promise<readonly HeldMessage[]> {
    const open = new Set(given);
    try {
      const fresh = await this.sortOut(given, open);
      await this.handleAll(fresh, open);
    } catch (error) {
      const { abandon, consumer, logger } = this.options;
      if (!isAborted(abandon)) {
        logger.error({ consumer, error }, 'messages could not be worked on; they are tried again');
        await this.pause(error);
      }
    }
    return given.filter((message) => open.has(message));
  }

  /** Drops repeats, and puts what waits behind a dead message there. Answers what is to be handled. */
  private async sortOut(given: readonly HeldMessage[], open: Set<HeldMessage>): Promise<readonly HeldMessage[]> {
    const { letters, isOrdered, recent, clock } = this.options;
    const mustAsk = recent.isCautious(clock.now()) || given.some(({ received, attempts }) => attempts > 0 || (received.attempt ?? 1) > 1);
    const keys = isOrdered ? [...new Set(given.map((message) => message.key))] : [];
    const [fresh, blocked] = await this.insist(() =>
      Promise.all([mustAsk ? this.withoutRepeats(given, open) : given, letters.blocked(keys)]),
    );
    const { condemned, todo } = sortByVerdict(fresh, new Set(blocked), isOrdered);
    if (condemned.length > 0) await this.keep(condemned, open);
    return todo;
  }

  private async handleAll(todo: readonly HeldMessage[], open: Set<HeldMessage>): Promise<void> {
    let queue = todo;
    let size = queue.length;
    while (queue.length > 0 && !isAborted(this.options.abandon)) {
      const part = queue.slice(0, size);
      const fault = await this.attempt(part);
      if (fault === undefined) {
        for (const message of part) this.answer(message, 'handled', open);
        queue = queue.slice(part.length);
        size = queue.length;
        continue;
      }
      const next = await this.recover(fault, { queue, part, open });
      queue = next.queue;
      size = Math.min(next.size, queue.length);
    }
  }

  private async attempt(part: readonly HeldMessage[]): Promise<BatchFault | undefined> {
    const { runner, inbox, clock, breaker } = this.options;
    const changes = part.map((message) => inbox.insert(message, 'handled', clock.now()));
    const fault = await runner.run(part, { changes });
    if (fault === undefined) {
      this.faults = 0;
      breaker.succeeded();
    }
    return fault;
  }

  private async recover(fault: BatchFault, { queue, part, open }: InHand): Promise<{ queue: readonly HeldMessage[]; size: number }> {
    const { error, at } = fault;
    if (isEventspanError(error, 'VIEW_ROW_EXISTS') && at === undefined) {
      const fresh = await this.insist(() => this.withoutRepeats(queue, open));
      if (fresh.length < queue.length) return { queue: fresh, size: fresh.length };
    }
    const recovery = planRecovery({ error, events: part.length, ...(at !== undefined && { at }) });
    if (recovery.kind === 'again') {
      if (recovery.backOff) await this.pause(error);
      return { queue, size: recovery.maxEvents };
    }
    if (recovery.kind !== 'event-failed') {
      // Nobody knows whether it was committed: the inbox does.
      await this.pause(error);
      return { queue: await this.insist(() => this.withoutRepeats(queue, open)), size: queue.length };
    }
    const failing = part[at ?? 0] as HeldMessage;
    await this.failed(failing, fault, open);
    const left = queue.filter((message) => message.key !== failing.key);
    return { queue: left, size: left.length };
  }

  private async failed(message: HeldMessage, { error, isUnreadable = false }: BatchFault, open: Set<HeldMessage>): Promise<void> {
    const { runner, breaker, clock, random, counts, logger, consumer } = this.options;
    const now = clock.now();
    if (message.attempts++ === 0) message.firstFailedAt = now;
    const { attempts, firstFailedAt } = message;
    const isOutage = isUnreadable ? false : breaker.failed(error);
    const failed = { error, isUnreadable, attempts, firstFailedAt, now, isOutage, policy: runner.policyOf(message) };
    const plan = planFailure(failed, random);
    const fields = { consumer, messageId: message.id, type: message.incoming?.type, attempts, error };
    if (plan.kind === 'give-up') {
      logger.error(fields, 'a message failed for good');
      return plan.way === 'skip' ? this.skip(message, open) : this.keep([{ message, verdict: { reason: plan.reason, error } }], open);
    }
    counts.retries++;
    message.notBefore = now + (plan.kind === 'again' ? plan.delayMs : STAND_STILL_MS);
    logger.warn(fields, 'a message failed and is tried again');
  }

  /** Where they cannot be kept now, they wait with their verdict, and are not handled again. */
  private async keep(condemned: readonly Condemned[], open: Set<HeldMessage>): Promise<void> {
    const { letters, isNative, clock, random } = this.options;
    if (isNative) {
      for (const { message } of condemned) this.answer(message, 'given-back', open);
      return;
    }
    for (const { message, verdict } of condemned) message.verdict = verdict;
    try {
      const freed = new Set(await letters.keep(condemned));
      for (const { message } of condemned) {
        if (freed.has(message)) message.verdict = undefined;
        else this.answer(message, 'dead', open);
      }
    } catch (error) {
      if (isAborted(this.options.abandon)) return;
      this.fault(error);
      const delayMs = Math.max(FAULT_BACKOFF.initialMs, nextDelayMs(FAULT_BACKOFF, this.faults, random));
      for (const { message } of condemned) message.notBefore = clock.now() + delayMs;
    }
  }

  private async skip(message: HeldMessage, open: Set<HeldMessage>): Promise<void> {
    const { store, inbox, clock, caller, abandon } = this.options;
    const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal: abandon });
    await batch.commit([inbox.insert(message, 'skipped', clock.now())]);
    this.answer(message, 'skipped', open);
  }

  /** Those that are not in the inbox; the others are answered. 1 Read. */
  private async withoutRepeats(messages: readonly HeldMessage[], open: Set<HeldMessage>): Promise<readonly HeldMessage[]> {
    const { store, consumer, caller, abandon } = this.options;
    const keys = messages.map(({ id }) => ({ consumer, message_id: id }));
    const rows = await store.readModels.get(INBOX, keys, { caller, signal: abandon });
    if (rows.some((row) => row !== undefined)) this.options.recent.beCautious(this.options.clock.now(), CAUTIOUS_MS);
    return messages.filter((message, at) => {
      if (rows[at] === undefined) return true;
      this.answer(message, 'repeat', open);
      return false;
    });
  }

  /** Repeats a read until the store answers, or the consumer stops. */
  private async insist<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (isAborted(this.options.abandon)) throw error;
        await this.pause(error);
      }
    }
  }

  private async pause(error: unknown): Promise<void> {
    const { clock, random, abandon } = this.options;
    this.fault(error);
    const delayMs = Math.max(1, nextDelayMs(FAULT_BACKOFF, this.faults, random));
    try {
      await clock.sleep(delayMs, abandon);
    } catch {
      // It was given up; its caller looks.
    }
  }

  private fault(error: unknown): void {
    const { counts, logger, consumer } = this.options;
    this.faults++;
    counts.faults++;
    logger.warn({ consumer, error }, 'the store did not do what a consumer asked for; it is asked again');
  }

  private answer(message: HeldMessage, outcome: MessageOutcome, open: Set<HeldMessage>): void {
    if (!open.delete(message)) return;
    this.options.counts.settled(outcome);
    if (outcome !== 'given-back') this.options.recent.add(message.id);
    for (const answer of message.answers) answer(outcome);
  }
}

interface InHand {
  readonly queue: readonly HeldMessage[];
  readonly part: readonly HeldMessage[];
  readonly open: Set<HeldMessage>;
}

/** Of one key, what comes after a message that is still to be handled waits for it, and what comes after a dead one goes behind it. */
function sortByVerdict(
  messages: readonly HeldMessage[],
  dead: Set<string>,
  isOrdered: boolean,
): { readonly condemned: readonly Condemned[]; readonly todo: readonly HeldMessage[] } {
  const condemned: Condemned[] = [];
  const todo: HeldMessage[] = [];
  const waiting = new Set<string>();
  for (const message of messages) {
    const { key } = message;
    const verdict = message.verdict ?? (dead.has(key) ? behind(message) : undefined);
    if (verdict === undefined) {
      todo.push(message);
      waiting.add(key);
    } else if (!waiting.has(key)) {
      condemned.push({ message, verdict });
      if (isOrdered) dead.add(key);
    }
  }
  return { condemned, todo };
}

function behind({ key }: HeldMessage): NonNullable<HeldMessage['verdict']> {
  return { reason: 'behind', error: new EventspanError('MESSAGE_BEHIND', { key }) };
}
