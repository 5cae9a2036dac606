import type { CallOptions } from './call-options.js';
import type { AppendRequest, AppendResult } from './append.js';
import type { Position } from './position.js';
import type { ReadModels } from './read-models.js';
import type { ShardCursors } from './shard-cursors.js';
import type { StoredEvent } from './stored-event.js';

/** A stream as it is loaded to decide: the newest usable snapshot and the events after it. */
export interface LoadedStream {
  /** 0 when the stream has no events. */
  readonly version: number;
  readonly snapshot?: { readonly version: number; readonly state: string };
  /** After the snapshot (or all), ascending by version. */
  readonly events: readonly StoredEvent[];
}

export interface LoadOptions extends CallOptions {
  /** Read only versions above this one; no snapshot is looked for. Default 0. */
  readonly afterVersion?: number;
  /** Whether a stored snapshot can be used; the newest for which it answers true is taken. Absent: no snapshots. */
  readonly acceptSnapshot?: (state: string) => boolean;
}

export interface ReadStreamOptions extends CallOptions {
  /** Default `'forwards'`. */
  readonly direction?: 'forwards' | 'backwards';
  /** Lowest version, inclusive. Default 1. */
  readonly fromVersion?: number;
  /** Highest version, inclusive ("as of version"). Default: the last. */
  readonly toVersion?: number;
  /** Only events committed at or before this time ("as of time"): RFC 3339, UTC. */
  readonly asOf?: string;
  /** At most so many events. Default: all. */
  readonly limit?: number;
}

/** A span of one shard's log. */
export interface ShardRange {
  readonly shard: number;
  /** Exclusive; absent: from the beginning. */
  readonly after?: Position;
  /** Inclusive; absent: to the end. */
  readonly upTo?: Position;
  /** Only events committed at or before this time: RFC 3339, UTC, nine digits of fraction. */
  readonly asOf?: string;
}

export interface ReadShardsOptions extends CallOptions {
  /** At most so many events over all ranges, 1..10,000. */
  readonly limit: number;
}

export interface ListStreamsOptions extends CallOptions {
  /** Only streams whose ids begin so. Default: all. */
  readonly prefix?: string;
  /** Exclusive: the last id of the page before. Default: from the first. */
  readonly after?: string;
  /** At most so many streams, 1..10,000. */
  readonly limit: number;
}

/** A stream without its events. */
export interface StreamSummary {
  readonly streamId: string;
  /** Of the last event. */
  readonly version: number;
  /** Whether its last event closed it. */
  readonly isClosed: boolean;
  /** The version of the newest snapshot, whether it can be used or not. */
  readonly snapshotVersion?: number;
}

/** One shard's log from outside. */
export interface ShardExtent {
  readonly shard: number;
  readonly events: number;
  /** Of the last event; absent when there is none. */
  readonly last?: Position;
}

/**
 * PORT. A log of events in streams, sharded, with the cursors and read models that live in the same database.
 *
 * Every implementation passes `describeEventStore` of `eventspan/testing`. Safe to call concurrently. Each call is bounded by
 * its deadline, and throws EventspanErrors only: `STORE_UNAVAILABLE` (retryable; for reads, and for writes that surely did
 * not happen), `OUTCOME_UNKNOWN` (for writes), `STORE_FAILED`.
 */
export interface EventStore {
  /** `memory`, `sqlite` or `spanner`, or the name of a foreign adapter. */
  readonly name: string;
  readonly shardCount: number;
  readonly cursors: ShardCursors;
  readonly readModels: ReadModels;

  /**
   * Writes all of the request or nothing. Spanner: 1 Commit for exact versions and 'none'; +1 Read for 'any' and 'exists';
   * +1 Read after ALREADY_EXISTS. Throws `VERSION_CONFLICT`, `OUTCOME_UNKNOWN`, `APPEND_INVALID`, `STREAM_ID_INVALID`,
   * `PAYLOAD_TOO_LARGE`, and `STREAM_CLOSED` where the last event of a stream is a {@link STREAM_CLOSED_TYPE}. Repeating a request with the
   * same event ids and expected versions is a success with `repeated: true`, also where the stream was closed by it or since.
   */
  append(request: AppendRequest, options?: CallOptions): Promise<AppendResult>;

  /** The first result of an append with this key, if there was one. Spanner: 1 Read. */
  findAppend(key: string, options?: CallOptions): Promise<AppendResult | undefined>;

  /** The newest acceptable snapshot and the events after it. Spanner: 1 Read, newest first. */
  load(streamId: string, options?: LoadOptions): Promise<LoadedStream>;

  /** The events of one stream, in pages behind the scenes; memory is bounded. An unknown stream is empty. */
  readStream(streamId: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;

  /**
   * Streams in the order of their ids (by code point), a page at a time: those above `after` whose ids begin with `prefix`. Deleted
   * streams are in it, as closed ones. Spanner: 1 query.
   */
  listStreams(options: ListStreamsOptions): Promise<readonly StreamSummary[]>;

  /** How much of the log each shard has, and where it ends; ascending by shard, one entry each. Counts every event once: not cheap. */
  describeShards(options?: CallOptions): Promise<readonly ShardExtent[]>;

  /**
   * Writes events of another log as they are, at the end of each shard: ids, versions, texts and commit times stay, the shard is computed
   * anew; where commits of two streams share a time in a shard, the index of the later one may be raised. In log order, at most 10,000 a
   * call. All of them or none. An event that is there already (same stream, version and id) is passed over, so a call may be repeated; the
   * answer counts those written. For a store that nobody else appends to meanwhile.
   *
   * Throws `IMPORT_CONFLICT` (another event is at that version, its predecessor is missing, the shard's log or this call is past its
   * position already, or its time is ahead of the store's clock: in an embedded store by more than ten seconds), `APPEND_INVALID`,
   * `STREAM_ID_INVALID`, `PAYLOAD_TOO_LARGE`, `POSITION_INVALID`, `OPTION_INVALID`, `OUTCOME_UNKNOWN`, and `COMMIT_TOO_LARGE` where the store
   * cannot write so much at once: then give it less. Spanner: about 4,200 events and 45 MB of texts, 3 Reads and 1 Commit; 500 a call go
   * well anywhere.
   */
  importEvents(events: readonly StoredEvent[], options?: CallOptions): Promise<number>;

  /**
   * Removes the events of a closed stream (and its snapshots) but for the closing one, which keeps its versions from being given out again.
   * Idempotent, resumable; may take several commits. Throws `STREAM_NOT_CLOSED`. Answers how many were removed.
   */
  deleteEvents(streamId: string, options?: CallOptions): Promise<number>;

  /**
   * Events of several shards in one consistent read: ascending by shard number, inside a shard by position, cut at `limit`.
   * The order of `ranges` does not matter; a shard appears once at most. When fewer than `limit` come back, all of them were
   * read to their end; else every shard before that of the last event was read to its end. Spanner: 1 Read.
   */
  readShards(ranges: readonly ShardRange[], options: ReadShardsOptions): Promise<readonly StoredEvent[]>;

  /**
   * The store's time (RFC 3339, nine digits): whatever commits at or before it is seen by every read that starts after this
   * call returned. Leases are judged by it. Spanner: 1 Read.
   */
  currentTime(options?: CallOptions): Promise<string>;

  close(): Promise<void>;
}
