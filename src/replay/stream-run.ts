import { createHash } from 'node:crypto';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { murmur3 } from '../support/murmur3.js';
import { seededRandom, type Random } from '../support/random.js';
import type { NeighbourSource } from '../event-store/event-reader.js';
import type { GoldenStream } from './golden-file.js';
import type { HistoryLine } from './history-file.js';
import type { ReplayDomain } from './replay-domain.js';
import { stateDifference } from './state-difference.js';
import { StreamFold } from './stream-fold.js';

export interface StreamRunOptions {
  readonly checksSnapshots: boolean;
  readonly source: NeighbourSource;
}

/** One recorded stream on its way through the code of today: its states, and whether a snapshot would change them. */
export class StreamRun {
  /** The first that failed; what comes after it is passed over. */
  error: EventspanError | undefined;
  /** By version, from 1. */
  readonly types: string[] = [];
  private fold: StreamFold | undefined;
  private readonly hashes: string[] = [];
  private readonly history = createHash('sha256');
  private readonly random: Random;
  private shadow: { readonly fold: StreamFold; readonly from: number } | undefined;

  constructor(
    private readonly domain: ReplayDomain,
    readonly streamId: string,
    private readonly options: StreamRunOptions,
  ) {
    this.random = seededRandom(murmur3(streamId));
  }

  /** Never throws: see {@link error}. */
  async take(line: HistoryLine): Promise<void> {
    if (this.error !== undefined) return;
    try {
      await this.apply(line);
    } catch (error) {
      if (!isEventspanError(error)) throw error;
      this.error = error;
    }
  }

  /** What is to be kept of it; compares the state through a snapshot first. Throws {@link error}, `REPLAY_SNAPSHOT_DIFFERS`. */
  finish(): GoldenStream {
    if (this.error !== undefined || this.fold === undefined) throw this.error ?? new TypeError(`${this.streamId} has no event`);
    const state = this.fold.json();
    if (this.shadow !== undefined && this.shadow.fold.hash() !== this.fold.hash()) {
      const difference = stateDifference(state, this.shadow.fold.json());
      throw new EventspanError('REPLAY_SNAPSHOT_DIFFERS', { streamId: this.streamId, snapshotVersion: this.shadow.from, difference });
    }
    return { version: this.fold.version, history: this.history.copy().digest('base64url'), hashes: this.hashes, state };
  }

  private async apply({ event, place }: HistoryLine): Promise<void> {
    this.fold ??= new StreamFold(this.domain, this.streamId, this.options.source);
    await this.fold.apply(event, place);
    await this.shadow?.fold.apply(event, place);
    this.hashes.push(this.fold.hash());
    this.types.push(event.type);
    this.history.update(`${event.type}\n${event.data}\n${event.metadata}\n`);
    this.drawSnapshot(this.fold);
  }

  /** Each version is as likely as any other, and how many there will be need not be known. The same stream draws the same. */
  private drawSnapshot(fold: StreamFold): void {
    if (!this.options.checksSnapshots || fold.model.snapshots === undefined) return;
    if (this.random() * fold.version < 1) this.shadow = { fold: fold.throughSnapshot(), from: fold.version };
  }
}
