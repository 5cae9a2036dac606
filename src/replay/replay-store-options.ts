import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Clock } from '../support/clock.js';
import type { ReplayDomainOptions } from './replay-domain.js';
import type { ReplayFinding } from './replay-stored-stream.js';

/** Options of `replayStore`; `deadlineMs` is for each call of the store. */
export interface ReplayStoreOptions extends ReplayDomainOptions, Pick<CallOptions, 'deadlineMs' | 'signal'> {
  readonly store: EventStore;
  /** Only streams of these aggregates, by name. Default: all of `aggregates`. */
  readonly only?: readonly string[];
  /** Streams that are read at a time, 1..1,000. Default 8. */
  readonly concurrency?: number;
  /** The file of accepted states, which states are compared with. Default: nothing is compared. */
  readonly accepted?: string;
  /** Whether that file is written anew: with the states of today, but what was accepted before for streams that fail. Default false. */
  readonly accept?: boolean;
  /** Called for each stream that is not as it should be, in order of the ids. The report holds the first 100. */
  readonly onFinding?: (finding: ReplayFinding) => void;
  /** Called after each page of 1,000 streams. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** How far it is. */
export interface ReplayProgress {
  readonly streams: number;
  readonly events: number;
  readonly failed: number;
  readonly changed: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

/** How the streams of a store went. */
export interface StoreReplayReport extends ReplayProgress {
  /** As accepted. */
  readonly same: number;
  /** As accepted at the accepted version, with events since. */
  readonly grown: number;
  /** Never accepted. */
  readonly new: number;
  /** Closed, with their events deleted. */
  readonly removed: number;
  /** Of no aggregate in `aggregates`: passed over. */
  readonly unowned: number;
  /** The first 100 streams that failed, changed, shrank or are gone; `failed` and `changed` (the other kinds with it) count all. */
  readonly findings: readonly ReplayFinding[];
  /** States in the accepted file that was written; absent when none was. */
  readonly accepted?: number;
}
