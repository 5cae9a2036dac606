import { isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore, StreamSummary } from '../event-store/event-store.js';
import type { AcceptedState } from './accepted-states.js';
import type { ReplayDomain } from './replay-domain.js';
import { StreamFold } from './stream-fold.js';

/** A stream that is not as it should be. */
export interface ReplayFinding {
  readonly streamId: string;
  /**
   * `failed`: it does not load, or its state cannot be compared. `changed`: its state at the accepted version is another. `shrunk`: it has
   * fewer events than when it was accepted. `gone`: the store has it no more.
   */
  readonly kind: 'failed' | 'changed' | 'shrunk' | 'gone';
  /** The last version that could be applied (`failed`), or the accepted one. */
  readonly version: number;
  readonly message: string;
  /** Of the error: `failed` only. */
  readonly code?: string;
  readonly stack?: string;
}

/** How one stream of a store went. */
export interface StoredStreamReplay {
  /** `removed`: its events were deleted, so there is nothing to replay. */
  readonly outcome: 'same' | 'grown' | 'new' | 'removed' | 'found';
  readonly events: number;
  readonly finding?: ReplayFinding;
  /** Its state of today, to be accepted; absent when it does not load. */
  readonly state?: AcceptedState;
}

/** What replaying one stream needs. */
export interface StoredStreamTask {
  readonly store: EventStore;
  readonly domain: ReplayDomain;
  readonly stream: StreamSummary;
  readonly accepted: AcceptedState | undefined;
  readonly call: CallOptions;
}

/** Replays one stream; compares at the accepted version where it has grown. Throws what reading the store throws. */
export async function replayStoredStream(task: StoredStreamTask): Promise<StoredStreamReplay> {
  const { stream, domain } = task;
  const fold = new StreamFold(domain, stream.streamId, task.store);
  const seen = new SeenEvents(task, fold);
  for await (const event of task.store.readStream(stream.streamId, task.call)) {
    if (stream.isClosed && seen.events === 0 && event.version > 1) return { outcome: 'removed', events: 0 };
    if (!(await seen.take(event))) return seen.failure();
  }
  return seen.judge();
}

/** The events of one stream as they come, and what they show. */
class SeenEvents {
  events = 0;
  private atAccepted: string | undefined;
  private error: unknown;

  constructor(
    private readonly task: StoredStreamTask,
    private readonly fold: StreamFold,
  ) {}

  /** False when it could not be applied. */
  take(event: Parameters<StreamFold['apply']>[0]): Promise<boolean> {
    return this.attempt(async () => {
      await this.fold.apply(event, this.task.store.name);
      this.events++;
      if (this.fold.version === this.task.accepted?.version) this.atAccepted = this.fold.hash();
    });
  }

  failure(): StoredStreamReplay {
    const { error, fold, events } = this;
    const { streamId, version } = fold;
    if (!isEventspanError(error)) throw error;
    const cause = error.cause instanceof Error ? error.cause : error;
    const code = isEventspanError(cause) ? cause.code : error.code;
    const finding = { streamId, kind: 'failed', version, code, message: error.message, stack: cause.stack ?? '' } as const;
    return { outcome: 'found', events, finding };
  }

  async judge(): Promise<StoredStreamReplay> {
    const { accepted } = this.task;
    let hash = '';
    const isWhole = await this.attempt(() => {
      hash = this.hashNow();
    });
    if (!isWhole) return this.failure();
    const { streamId, version } = this.fold;
    const done = { events: this.events, state: { streamId, version, hash } };
    if (accepted === undefined) return { ...done, outcome: 'new' };
    const finding = findingOf(accepted, version, this.atAccepted);
    if (finding !== undefined) return { ...done, outcome: 'found', finding };
    return { ...done, outcome: version > accepted.version ? 'grown' : 'same' };
  }

  private hashNow(): string {
    const isAccepted = this.fold.version === this.task.accepted?.version;
    return isAccepted && this.atAccepted !== undefined ? this.atAccepted : this.fold.hash();
  }

  private async attempt(run: () => void | Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.error = error;
      return false;
    }
  }
}

function findingOf(accepted: AcceptedState, version: number, atAccepted: string | undefined): ReplayFinding | undefined {
  const { streamId } = accepted;
  if (version < accepted.version) {
    const message = `It was accepted at version ${accepted.version} and ends at ${version}.`;
    return { streamId, kind: 'shrunk', version: accepted.version, message };
  }
  if (atAccepted === accepted.hash) return undefined;
  const message = `Its state at version ${accepted.version} is not the accepted one.`;
  return { streamId, kind: 'changed', version: accepted.version, message };
}
