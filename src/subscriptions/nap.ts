import type { Clock } from '../support/clock.js';

/** A rest that ends when its time is over, or earlier when something comes. */
export class Nap {
  private timer: AbortController | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly closing: AbortSignal,
  ) {}

  get isOn(): boolean {
    return this.timer !== undefined;
  }

  async take(ms: number): Promise<void> {
    const timer = new AbortController();
    this.timer = timer;
    const onClosing = (): void => timer.abort(this.closing.reason);
    this.closing.addEventListener('abort', onClosing, { once: true });
    await this.clock.sleep(ms, timer.signal).catch(() => undefined);
    this.closing.removeEventListener('abort', onClosing);
    this.timer = undefined;
  }

  end(): void {
    this.timer?.abort(new Error('something came'));
  }
}
