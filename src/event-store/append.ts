import type { ExpectedVersion } from './expected-version.js';
import type { Position } from './position.js';
import type { RowChange } from './row-change.js';
import type { CursorAdvance } from './shard-cursors.js';
import type { EventToAppend } from './stored-event.js';

/** Events for one stream. */
export interface StreamWrite {
  readonly streamId: string;
  readonly expectedVersion: ExpectedVersion;
  /** In order, at least one. */
  readonly events: readonly EventToAppend[];
  /** Text of the state after the last of `events`; kept beside that event. */
  readonly snapshot?: string;
}

/** Everything of one atomic append. */
export interface AppendRequest {
  /** One entry a stream; may be empty only with `key`. */
  readonly writes: readonly StreamWrite[];
  /**
   * Makes the whole append happen once by this name: a later append with the same key writes nothing and returns the
   * first result with `repeated: true`. 1 to 256 characters. Stores keep keys at least 30 days.
   */
  readonly key?: string;
  /**
   * Changes of read-model rows that are committed with the events, or not at all (inline projections). Written only where the
   * events are: a repeat writes none. Throws as `ReadModelBatch.commit` does.
   */
  readonly changes?: readonly RowChange[];
  /**
   * A cursor that is moved in the same commit, or not at all: what a consumer appends and how far it is are one. Throws `CURSOR_LOST`
   * where its token is spent. A repeat moves none: the first one did.
   */
  readonly advance?: CursorAdvance;
}

/** What one stream got. */
export interface StreamAppended {
  readonly streamId: string;
  readonly shard: number;
  readonly firstVersion: number;
  readonly lastVersion: number;
  readonly eventIds: readonly string[];
  /** Position of the last of the events. */
  readonly lastPosition: Position;
}

/** The answer to a successful append. */
export interface AppendResult {
  /** In the order of the request's writes. */
  readonly streams: readonly StreamAppended[];
  /** RFC 3339, UTC, nine digits of fraction. */
  readonly commitTime: string;
  /** True when nothing was written because the same append had succeeded before (same ids, or same key). */
  readonly repeated: boolean;
}
