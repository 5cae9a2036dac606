const EVERY_MS = 5_000;

/**
 * Says on stderr what a proof is at, so that `--json` has stdout for itself: a line for each thing that begins, and every few seconds how
 * far it is.
 */
export class Progress {
  private readonly begun = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `howFar` answers a few words, at any time. */
  constructor(howFar: () => string) {
    this.timer = setInterval(() => this.say(`  ${howFar()}`), EVERY_MS);
  }

  say(what: string): void {
    const seconds = Math.round((performance.now() - this.begun) / 1_000);
    console.error(`${String(seconds).padStart(4)} s  ${what}`);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
