import type { AggregateAt } from '../event-store/repository-loader.js';

/**
 * The aggregates used last, by stream. An aggregate is taken out while a command works on it and put back only if it is clean:
 * whatever goes wrong in between, a dirty one is never found here.
 */
export class AggregateCache {
  private readonly entries = new Map<string, AggregateAt<unknown>>();

  /** `maxAggregates` 0 keeps none. */
  constructor(private readonly maxAggregates: number) {}

  take<S>(streamId: string): AggregateAt<S> | undefined {
    const entry = this.entries.get(streamId);
    if (entry !== undefined) this.entries.delete(streamId);
    return entry as AggregateAt<S> | undefined;
  }

  put(entry: AggregateAt<unknown>): void {
    if (this.maxAggregates === 0) return;
    const { streamId, version, state } = entry;
    this.entries.delete(streamId);
    this.entries.set(streamId, { streamId, version, state });
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.maxAggregates && !oldest.done) this.entries.delete(oldest.value);
  }

  evict(streamId: string): void {
    this.entries.delete(streamId);
  }
}
