/** Messages remembered; those that come again later are found in the inbox. */
const MAX_REMEMBERED = 20_000;

/**
 * Which messages this process was done with lately, so that most repeats cost nothing. The inbox knows all of them; where it had to say so, it is
 * asked beforehand for a while, since more repeats may follow.
 */
export class RecentMessages {
  private readonly ids = new Set<string>();
  private cautiousUntil = 0;

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(id: string): void {
    this.ids.add(id);
    if (this.ids.size <= MAX_REMEMBERED) return;
    for (const oldest of this.ids) {
      this.ids.delete(oldest);
      return;
    }
  }

  /** Repeats have come that were not remembered. */
  beCautious(now: number, forMs: number): void {
    this.cautiousUntil = now + forMs;
  }

  isCautious(now: number): boolean {
    return now < this.cautiousUntil;
  }
}
