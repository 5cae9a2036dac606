import { EventspanError } from '../errors/eventspan-error.js';
import { OutcomeUnknownError } from '../errors/store-errors.js';
import { DEFAULT_DEADLINE_MS, type CallOptions } from '../event-store/call-options.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { isAborted, orAbort, throwIfAborted } from '../support/abort.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import { KeyMutex } from '../support/key-mutex.js';
import { codeOf, kindOf, retryInfoMs, rowErrorTable, type FailureKind } from './status.js';
import { messageOf } from '../support/message-of.js';

/** One call of the port: everything it sends is bounded by the same deadline. */
export interface Call {
  readonly caller: string;
  /** Milliseconds since 1970 by the environment's clock. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
}

/** An answer of the service that says no: nothing was written by this attempt. */
export interface Refusal {
  readonly code: number;
  /** The table of the row that was there or missing, if the answer was about a row. */
  readonly table: string | undefined;
  readonly error: unknown;
  /** Whether an earlier attempt of the same operation may have taken effect, or may yet. */
  readonly isAfterAmbiguity: boolean;
}

export interface Operation<T> {
  /** What it is, for messages: `the append`. */
  readonly name: string;
  /**
   * `read`: repeated as needed. `write`: repeated too, since a late copy of it does no harm. `fencedWrite`: an attempt with
   * unknown outcome is the last one, since a late copy could land on newer state; the owner takes a new token instead.
   */
  readonly kind: 'read' | 'write' | 'fencedWrite';
  readonly eventIds?: readonly string[];
  readonly attempt: () => Promise<T>;
  /** What a refusal means. Default: `STORE_FAILED`. */
  readonly onRefused?: (refusal: Refusal) => Promise<T>;
}

const BACKOFF: Backoff = { initialMs: 10, factor: 2, maxMs: 1_000 };
/** Attempts by the way they failed; beside the deadline, which bounds them all. */
const BUDGETS: Readonly<Record<Exclude<FailureKind, 'refused'>, number>> = { aborted: 200, notSent: 200, ambiguous: 6, sessionLost: 3 };

/** Repeats operations within their deadline and budgets, and turns what is left of a failure into one EventspanError. */
export class SpannerCalls {
  private readonly writes = new KeyMutex();
  private isClosed = false;

  constructor(
    private readonly environment: AdapterEnvironment,
    /** The emulator runs one read-write transaction at a time and aborts others; waiting here is quicker than repeating. */
    private readonly writesOneByOne: boolean,
  ) {}

  begin(options: CallOptions = {}): Call {
    if (this.isClosed) throw new EventspanError('STORE_FAILED', { operation: 'the call', reason: 'the store is closed' });
    throwIfAborted(options.signal);
    const { caller = 'other', deadlineMs = DEFAULT_DEADLINE_MS, signal } = options;
    return { caller, deadlineAt: this.environment.clock.now() + deadlineMs, signal };
  }

  /** Milliseconds left of a call; throws `STORE_UNAVAILABLE` when there are none. */
  remainingMs(call: Call): number {
    const remaining = call.deadlineAt - this.environment.clock.now();
    if (remaining > 0) return remaining;
    throw new EventspanError('STORE_UNAVAILABLE', { reason: 'the deadline passed before the request was sent' });
  }

  /** Answers whether this call closed it. */
  close(): boolean {
    const wasOpen = !this.isClosed;
    this.isClosed = true;
    return wasOpen;
  }

  async run<T>(operation: Operation<T>, call: Call): Promise<T> {
    const failures = new Map<FailureKind, number>();
    for (;;) {
      try {
        return await orAbort(this.attempt(operation, call), call.signal);
      } catch (error) {
        if (isAborted(call.signal)) throw call.signal?.reason;
        if (failures.has('ambiguous') && isAbandonable(error)) throw unknown(operation, error);
        if (error instanceof EventspanError) throw error;
        const kind = kindOf(error);
        failures.set(kind, (failures.get(kind) ?? 0) + 1);
        if (kind === 'refused') return refused(operation, error, failures.has('ambiguous'));
        await this.pauseOrThrow(operation, { call, error, kind, failures });
      }
    }
  }

  private async attempt<T>(operation: Operation<T>, call: Call): Promise<T> {
    if (operation.kind === 'read' || !this.writesOneByOne) return operation.attempt();
    return this.writes.run('write', async () => {
      throwIfAborted(call.signal);
      return operation.attempt();
    });
  }

  private async pauseOrThrow(operation: Operation<unknown>, failed: Failed): Promise<void> {
    const { call, error, kind, failures } = failed;
    const attempts = failures.get(kind) ?? 1;
    const { clock, random, logger } = this.environment;
    const delay = retryInfoMs(error) ?? nextDelayMs(BACKOFF, attempts, random);
    const mayRepeat = !(kind === 'ambiguous' && operation.kind === 'fencedWrite') && attempts < BUDGETS[kind];
    if (!mayRepeat || clock.now() + delay >= call.deadlineAt) throw exhausted(operation, error, failures);
    if (kind !== 'aborted')
      logger.warn({ operation: operation.name, kind, attempts, reason: messageOf(error) }, 'A Spanner request is repeated.');
    await clock.sleep(delay, call.signal);
  }
}

interface Failed {
  readonly call: Call;
  readonly error: unknown;
  readonly kind: Exclude<FailureKind, 'refused'>;
  readonly failures: ReadonlyMap<FailureKind, number>;
}

/** An error that says "not written" of the last attempt alone, where an earlier one may have been. */
function isAbandonable(error: unknown): boolean {
  return error instanceof EventspanError && error.code === 'STORE_UNAVAILABLE';
}

async function refused<T>(operation: Operation<T>, error: unknown, isAfterAmbiguity: boolean): Promise<T> {
  if (operation.onRefused === undefined) throw storeFailed(operation.name, error);
  return operation.onRefused({ code: codeOf(error), table: rowErrorTable(error), error, isAfterAmbiguity });
}

function exhausted(operation: Operation<unknown>, error: unknown, failures: ReadonlyMap<FailureKind, number>): EventspanError {
  if (operation.kind !== 'read' && failures.has('ambiguous')) return unknown(operation, error);
  return new EventspanError('STORE_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
}

function unknown(operation: Operation<unknown>, error: unknown): EventspanError {
  if (operation.kind === 'read') return new EventspanError('STORE_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
  return new OutcomeUnknownError(operation.name, operation.eventIds ?? [], error);
}

/** The error for an answer of the service that nothing else explains. */
export function storeFailed(operation: string, cause: unknown): EventspanError {
  return new EventspanError('STORE_FAILED', { operation, reason: messageOf(cause) }, { cause });
}
