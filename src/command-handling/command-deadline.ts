import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import { isAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';

/** The name under which the RPCs of commands are counted. */
const CALLER = 'command';

/** Until when a command may run: its deadline by the injected clock, and the caller's signal. */
export class CommandDeadline {
  private readonly expiresAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly command: string,
    private readonly limit: { readonly deadlineMs: number; readonly signal: AbortSignal | undefined },
  ) {
    this.expiresAt = clock.now() + limit.deadlineMs;
  }

  get remainingMs(): number {
    return this.expiresAt - this.clock.now();
  }

  get isOver(): boolean {
    return isAborted(this.limit.signal) || this.remainingMs <= 0;
  }

  /** Throws `COMMAND_ABORTED` once it is over. Only to be called while nothing of the command can have been written. */
  check(cause?: unknown): void {
    if (this.isOver) throw this.aborted(cause);
  }

  /** For reads: they may be given up at any time. */
  get readOptions(): CallOptions {
    const { signal } = this.limit;
    const deadlineMs = Math.max(1, this.remainingMs);
    return signal === undefined ? { deadlineMs, caller: CALLER } : { deadlineMs, caller: CALLER, signal };
  }

  /**
   * For appends: no signal, since one that has been sent is waited for; and half of the time that is left, so that some
   * remains to ask again when the store does not say what became of it.
   */
  get appendOptions(): CallOptions {
    return { deadlineMs: Math.max(1, Math.ceil(this.remainingMs / 2)), caller: CALLER };
  }

  /** Runs a read; when it fails because the time is over, that is said: `COMMAND_ABORTED`. */
  async reading<T>(read: (options: CallOptions) => Promise<T>): Promise<T> {
    this.check();
    try {
      return await read(this.readOptions);
    } catch (error) {
      this.check(error);
      throw error;
    }
  }

  /** Sleeps `ms`, or what is left; then checks. */
  async pause(ms: number): Promise<void> {
    await this.reading(() => this.clock.sleep(Math.min(ms, Math.max(0, this.remainingMs)), this.limit.signal));
    this.check();
  }

  /** Hands `task` a signal that fires with `COMMAND_ABORTED` when the deadline is over or the caller's signal fires. */
  async within<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const done = new AbortController();
    const { signal } = this.limit;
    const expire = (): void => over.abort(this.aborted());
    signal?.addEventListener('abort', expire, { once: true });
    this.clock.sleep(Math.max(0, this.remainingMs), done.signal).then(expire, () => undefined);
    try {
      this.check();
      return await task(over.signal);
    } finally {
      signal?.removeEventListener('abort', expire);
      done.abort();
    }
  }

  private aborted(cause: unknown = this.limit.signal?.reason): EventspanError {
    const { signal, deadlineMs } = this.limit;
    const reason = isAborted(signal) ? `it was aborted (${String(signal?.reason)})` : `its deadline of ${deadlineMs} ms is over`;
    return new EventspanError('COMMAND_ABORTED', { command: this.command, reason }, { cause });
  }
}
