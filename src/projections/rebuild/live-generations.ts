import type { Clock } from '../../support/clock.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { GenerationRecord } from './generation-record.js';
import type { GenerationTable } from './generation-table.js';
import { liveOf, underWayOf, type Generations } from './plan-generations.js';

/**
 * Which generations projections have, as of at most `cacheMs` ago (and of now, after a change made here). One Read for all projectors, and
 * none while nobody asks.
 */
export class LiveGenerations {
  private known: ReadonlyMap<string, Generations> = new Map();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly table: Pick<GenerationTable, 'readAll'>,
    private readonly options: { readonly clock: Clock; readonly cacheMs: number },
  ) {}

  /** What is known now, without asking. */
  peek(projector: string): Generations {
    return this.known.get(projector) ?? [];
  }

  /** Called after each reading. Answers the end of it. */
  onRead(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Throws `PROJECTION_NOT_BUILT`, and the store's errors. */
  async live(projector: string): Promise<GenerationRecord> {
    const live = liveOf(await this.of(projector));
    if (live === undefined) throw new EventspanError('PROJECTION_NOT_BUILT', { projector });
    return live;
  }

  /**
   * Those that must have seen what a reader waits for: the live one, and one that is about to become live, so that a reader who waited
   * finds what it waited for on either side of the switch. Throws as {@link live}.
   */
  async awaited(projector: string): Promise<readonly GenerationRecord[]> {
    const live = await this.live(projector);
    const next = underWayOf(this.peek(projector));
    return next?.state === 'ready' && next.request === 'switch' ? [live, next] : [live];
  }

  /** All of one projector. */
  async of(projector: string): Promise<Generations> {
    if (this.options.clock.now() - this.readAt >= this.options.cacheMs) await this.refresh();
    return this.peek(projector);
  }

  /** Reads anew. Those who ask at once share one Read. */
  async refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  /** After a change made here: a Read that began before it is not enough. */
  async changed(): Promise<void> {
    await this.reading?.catch(() => undefined);
    await this.refresh();
  }

  private async read(): Promise<void> {
    const at = this.options.clock.now();
    this.known = await this.table.readAll();
    this.readAt = at;
    for (const listener of this.listeners) listener();
  }
}
