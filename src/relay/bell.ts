import type { Clock } from '../support/clock.js';

/** Wakes one waiting loop. A ring while nobody waits is kept for the next wait. */
export class Bell {
  private rung = false;
  private wake: AbortController | undefined;

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.rung = true;
    this.wake?.abort();
  }

  /** Resolves after `ms` milliseconds, or at the ring. Answers whether it rang. */
  async wait(ms: number): Promise<boolean> {
    if (!this.rung) await this.sleep(ms);
    const rang = this.rung;
    this.rung = false;
    return rang;
  }

  private async sleep(ms: number): Promise<void> {
    const wake = new AbortController();
    this.wake = wake;
    try {
      await this.clock.sleep(ms, wake.signal);
    } catch (error) {
      if (!wake.signal.aborted) throw error;
    } finally {
      this.wake = undefined;
    }
  }
}
