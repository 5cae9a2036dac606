import { isEventspanError } from '../errors/eventspan-error.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { nextDelayMs } from '../support/backoff.js';
import type { Random } from '../support/random.js';
import type { RetryOptions } from './subscription-options.js';
import type { StopReason } from './subscription-status.js';

/** What a lane remembers of things that went wrong, until an event is committed again. */
export class LaneFailures {
  /** Tries of the first event that failed because of it. */
  private tries = 0;
  /** Everything else: store away, transactions given up, cursors lost. */
  private faults = 0;
  private lastReason: StopReason | undefined;

  constructor(
    private readonly retry: RetryOptions,
    private readonly random: Random,
  ) {}

  /** Why the first event failed, if it did. */
  get reason(): StopReason | undefined {
    return this.lastReason;
  }

  get isExhausted(): boolean {
    return this.tries >= this.retry.attempts;
  }

  /** Answers the milliseconds to wait before the event is tried again. */
  eventFailed(event: StoredEvent, error: unknown, now: number): number {
    this.tries++;
    this.lastReason = {
      eventId: event.eventId,
      type: event.type,
      streamId: event.streamId,
      version: event.version,
      message: error instanceof Error ? error.message : String(error),
      ...(isEventspanError(error) && { code: error.code }),
      failedAt: new Date(now).toISOString(),
      attempts: this.tries,
    };
    return this.delay(this.tries);
  }

  /** Answers the milliseconds to wait before going on. */
  faulted(): number {
    return this.delay(++this.faults);
  }

  cleared(): void {
    this.tries = 0;
    this.faults = 0;
    this.lastReason = undefined;
  }

  private delay(attempt: number): number {
    return nextDelayMs({ initialMs: this.retry.initialMs, factor: 2, maxMs: this.retry.maxMs }, attempt, this.random);
  }
}
