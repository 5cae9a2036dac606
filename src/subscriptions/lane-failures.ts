import type { StoredEvent } from '../event-store/stored-event.js';
import { nextDelayMs } from '../support/backoff.js';
import type { Random } from '../support/random.js';
import { failureTexts } from './failure-texts.js';
import type { RetryOptions } from './handler-policy.js';
import type { StopReason } from './subscription-status.js';

/** How an event failed. */
export interface EventFailureAt {
  readonly error: unknown;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly retry: RetryOptions;
}

/** What a lane remembers of things that went wrong, until an event is committed again. */
export class LaneFailures {
  /** Tries of the first event that failed because of it. */
  private tries = 0;
  /** Everything else: store away, transactions given up, cursors lost. */
  private faults = 0;
  private lastReason: StopReason | undefined;
  private firstFailedAt = 0;

  constructor(
    private readonly faultRetry: RetryOptions,
    private readonly random: Random,
  ) {}

  /** Why the first event failed, if it did. */
  get reason(): StopReason | undefined {
    return this.lastReason;
  }

  /** Whether the event has failed for good. */
  isExhausted({ attempts, totalMs }: RetryOptions, now: number): boolean {
    return this.tries >= attempts || now - this.firstFailedAt >= totalMs;
  }

  /** Answers the milliseconds to wait before the event is tried again. */
  eventFailed(event: StoredEvent, failure: EventFailureAt): number {
    if (this.lastReason?.eventId !== event.eventId) this.tries = 0;
    if (this.tries++ === 0) this.firstFailedAt = failure.at;
    const { message, code } = failureTexts(failure.error);
    this.lastReason = {
      eventId: event.eventId,
      type: event.type,
      streamId: event.streamId,
      version: event.version,
      message,
      ...(code !== null && { code }),
      failedAt: new Date(failure.at).toISOString(),
      attempts: this.tries,
    };
    return this.delay(this.tries, failure.retry);
  }

  /** The shard stands still for a reason that is not the event's. */
  standsStill(error: unknown): void {
    if (this.lastReason === undefined) return;
    const { message, code } = failureTexts(error);
    this.lastReason = { ...this.lastReason, message, ...(code !== null && { code }) };
  }

  /** Answers the milliseconds to wait before going on. */
  faulted(): number {
    return this.delay(++this.faults, this.faultRetry);
  }

  /** The store answers. */
  faultsOver(): void {
    this.faults = 0;
  }

  cleared(): void {
    this.tries = 0;
    this.faults = 0;
    this.lastReason = undefined;
  }

  private delay(attempt: number, { initialMs, maxMs }: RetryOptions): number {
    return nextDelayMs({ initialMs, factor: 2, maxMs }, attempt, this.random);
  }
}
