import { EventspanError } from '../errors/eventspan-error.js';
import type { EventFailure } from '../subscriptions/event-handler.js';
import { orAbort } from '../support/abort.js';
import type { Clock } from '../support/clock.js';

/** A handler that has given the thread back and is not done. */
interface Waiting {
  /** Its event's index in the batch. */
  readonly at: number;
  readonly type: string;
  readonly timeoutMs: number;
  /** Milliseconds since 1970 UTC; later by what its reads took, which is the store's time and not the handler's. */
  since: number;
}

/**
 * Looks that no handler of a batch takes longer than it may, with one timer a batch, and none where handlers do not wait for anything. When it
 * finds one, the batch is given up: what the handler does after that happens to nothing.
 */
export class HandlerWatch {
  private readonly ended = new AbortController();
  private waiting: Waiting | undefined;
  private reads = 0;
  private readSince = 0;
  private isArmed = false;
  private givenUp: AbortController | undefined;
  private giveUp: (failure: EventFailure) => void = () => undefined;

  constructor(
    private readonly projector: string,
    private readonly clock: Clock,
  ) {}

  /** The batch is done, one way or another: what is still running of it must not go on. */
  get isOver(): boolean {
    return this.ended.signal.aborted;
  }

  /** Fires when a handler has taken too long: what it goes on with is in vain. */
  get signal(): AbortSignal {
    this.givenUp ??= new AbortController();
    return this.givenUp.signal;
  }

  /** The outcome of the batch, or that a handler took too long. Rejects with the signal's reason when the batch is given up. */
  guard(work: Promise<EventFailure | undefined>, signal: AbortSignal): Promise<EventFailure | undefined> {
    const outcome = new Promise<EventFailure | undefined>((resolve, reject) => {
      this.giveUp = resolve;
      work.then(resolve, reject);
    });
    return orAbort(outcome, signal).finally(() => this.ended.abort());
  }

  /** A handler has begun to wait. */
  begin(at: number, type: string, timeoutMs: number): void {
    if (timeoutMs === 0) return;
    this.waiting = { at, type, timeoutMs, since: this.clock.now() };
    if (!this.isArmed) void this.watch();
  }

  end(): void {
    this.waiting = undefined;
  }

  /** A read of the view, whose time is not the handler's. */
  async reading<T>(read: Promise<T>): Promise<T> {
    if (this.reads++ === 0) this.readSince = this.clock.now();
    try {
      return await read;
    } finally {
      if (--this.reads === 0 && this.waiting !== undefined) {
        this.waiting.since += this.clock.now() - Math.max(this.readSince, this.waiting.since);
      }
    }
  }

  private async watch(): Promise<void> {
    this.isArmed = true;
    while (!this.isOver && this.waiting !== undefined) {
      const restMs = this.restMs(this.waiting);
      if (restMs <= 0) return this.expire(this.waiting);
      await this.clock.sleep(restMs, this.ended.signal).catch(() => undefined);
    }
    this.isArmed = false;
  }

  private restMs({ since, timeoutMs }: Waiting): number {
    const until = this.reads > 0 ? Math.max(this.readSince, since) : this.clock.now();
    return since + timeoutMs - until;
  }

  private expire({ at, type, timeoutMs }: Waiting): void {
    this.ended.abort();
    const error = new EventspanError('HANDLER_TIMED_OUT', { type, projector: this.projector, timeoutMs });
    this.givenUp?.abort(error);
    this.giveUp({ at, error });
  }
}
