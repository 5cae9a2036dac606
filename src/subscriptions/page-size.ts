/** What an event is taken to weigh before any was seen, in bytes. */
const GUESS_BYTES = 4_096;

/**
 * How many events to read at once, so that a page of events like the last ones stays within a number of bytes. A store limits
 * reads by count alone; the first heavy page is not foreseen, the next is.
 */
export class PageSize {
  private averageBytes = GUESS_BYTES;

  constructor(private readonly bounds: { readonly maxEvents: number; readonly maxBytes: number }) {}

  get events(): number {
    const fitting = Math.floor(this.bounds.maxBytes / this.averageBytes);
    return Math.min(this.bounds.maxEvents, Math.max(1, fitting));
  }

  /** Learns from a page; UTF-16 units stand for bytes, which is near enough. */
  saw(events: readonly { readonly data: string; readonly metadata: string }[]): void {
    if (events.length === 0) return;
    const total = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    this.averageBytes = Math.max(1, total / events.length);
  }
}
