import { isEventspanError } from '../errors/eventspan-error.js';
import { PageSize } from './page-size.js';

/** How many events a lane reads and handles at once. */
export class LaneSizes {
  readonly page: PageSize;
  /** Of the next batch; less than allowed while a fault is looked for. */
  private next: number;
  /** What commits have been found to take; grows slowly again. */
  private fitting: number;

  constructor(private readonly bounds: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.page = new PageSize(bounds);
    this.next = bounds.maxEvents;
    this.fitting = bounds.maxEvents;
  }

  get batch(): number {
    return Math.min(this.next, this.fitting);
  }

  committed(): void {
    const { maxEvents } = this.bounds;
    this.next = maxEvents;
    if (this.fitting < maxEvents) this.fitting = Math.min(maxEvents, this.fitting + Math.ceil(this.fitting / 10));
  }

  /** The next batch shall have so many at most. After a commit that was too large those that follow it, too. */
  refused(maxEvents: number, error?: unknown): void {
    this.next = maxEvents;
    if (isEventspanError(error, 'COMMIT_TOO_LARGE')) this.fitting = maxEvents;
  }
}
