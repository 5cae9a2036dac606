import type { Clock } from '../support/clock.js';

/**
 * The store's time as far as this process knows: at or behind the store's own, by what an answer took to arrive, so that nothing that waits
 * for a time begins before it. Until it has learned, and for as long as nobody tells it, it is the machine's clock.
 */
export class StoreClock {
  private offsetMs = 0;
  private learnedAtMs = -Infinity;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Milliseconds since 1970 UTC. */
  now(): number {
    return this.clock.now() + this.offsetMs;
  }

  /** The store's time (RFC 3339) in an answer that has just arrived. */
  learn(storeTime: string): void {
    this.learnedAtMs = this.clock.now();
    this.offsetMs = Math.floor(Date.parse(storeTime)) - this.learnedAtMs;
  }

  /** Milliseconds since it last learned; infinite before. */
  get ageMs(): number {
    return this.clock.now() - this.learnedAtMs;
  }
}
