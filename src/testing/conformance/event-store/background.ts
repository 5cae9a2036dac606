/** Something that goes on while a case does something else. */
export class Background {
  private isDone = false;
  private readonly end: Promise<unknown>;

  constructor(work: Promise<unknown>) {
    this.end = work.finally(() => (this.isDone = true));
    // A failure is reported by `ended`; until that is awaited it must not count as unhandled.
    this.end.catch(() => undefined);
  }

  /**
   * Whether it still goes on, asked after a turn of the event loop: an embedded store answers reads without one, and a loop of
   * such reads would keep the writes from ever being carried out.
   */
  async goesOn(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return !this.isDone;
  }

  /** Throws what the work threw. */
  async ended(): Promise<void> {
    await this.end;
  }
}
