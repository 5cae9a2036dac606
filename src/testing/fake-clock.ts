import type { Clock } from '../support/clock.js';

/** Taken at import, so that a test runner's fake timers do not stop the clock's own turns. */
const nextTurn = setImmediate;

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

interface Watcher {
  readonly count: number;
  readonly resolve: () => void;
}

/**
 * A clock that stands still until it is told to go on. The same calls give the same order of wakings:
 * sleeps end by due time, and those due at the same time in the order in which they began.
 */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #watchers: Watcher[] = [];

  /** `startMs`: milliseconds since 1970 UTC; default 2026-01-01T00:00:00Z. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  /** How many sleeps wait. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** When the next sleep is due; undefined when none waits. */
  get nextDueAt(): number | undefined {
    return this.#sleepers[0]?.dueAt;
  }

  now(): number {
    return this.#now;
  }

  /** As {@link Clock.sleep}; a sleep of 0 or less ends on the next turn of the event loop, without an `advance`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (ms <= 0) return new Promise((resolve) => nextTurn(resolve));
    return new Promise((resolve, reject) => this.#begin(ms, signal, { resolve, reject }));
  }

  /**
   * Moves the time on by `ms`, stopping at every sleep that comes due on the way, those that woken code begins included.
   * After each waking it lets the event loop turn, so that what the woken code does without I/O has been done.
   * Not for concurrent use.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await turn();
    for (let next = this.#sleepers[0]; next !== undefined && next.dueAt <= target; next = this.#sleepers[0]) {
      this.#now = next.dueAt;
      this.#sleepers.shift();
      next.wake();
      await turn();
    }
    this.#now = target;
  }

  /** Resolves once at least `count` sleeps wait: the signal that code under test has come to rest. Default 1. */
  untilSleeping(count = 1): Promise<void> {
    if (this.#sleepers.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ count, resolve }));
  }

  #begin(ms: number, signal: AbortSignal | undefined, settle: { resolve: () => void; reject: (reason: Error) => void }): void {
    const onAbort = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      settle.reject(signal?.reason as Error);
    };
    const wake = (): void => {
      signal?.removeEventListener('abort', onAbort);
      settle.resolve();
    };
    const sleeper = { dueAt: this.#now + ms, wake };
    signal?.addEventListener('abort', onAbort, { once: true });
    const after = this.#sleepers.findIndex((other) => other.dueAt > sleeper.dueAt);
    this.#sleepers.splice(after === -1 ? this.#sleepers.length : after, 0, sleeper);
    this.#notify();
  }

  #notify(): void {
    const reached = this.#watchers.filter((watcher) => watcher.count <= this.#sleepers.length);
    this.#watchers = this.#watchers.filter((watcher) => !reached.includes(watcher));
    for (const watcher of reached) watcher.resolve();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}
