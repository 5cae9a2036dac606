import type { Constructor } from '../messages/constructor.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { ColumnType, Row } from '../event-store/read-models.js';
import type { Position } from '../event-store/position.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { AfterCommit } from './inline/after-commit.js';

/** A read-model table that a projector declares; created when the projector starts. */
export interface ReadModelTable {
  readonly kind: 'rows';
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
}

/**
 * A table of counters. Every shard keeps a partial of its own, so that increments of different shards never meet and a batch
 * stays one commit; reading sums the partials. Stored with one more key column, `shard`.
 */
export interface CounterTable {
  readonly kind: 'counters';
  readonly name: string;
  /** Key columns and their types. */
  readonly key: Readonly<Record<string, ColumnType>>;
  /** Names of the counters; each a safe integer, 0 at first. */
  readonly counters: readonly string[];
}

export type DeclaredTable = ReadModelTable | CounterTable;

/** What a handler may do to its read model. Changes are collected and written with the cursor in one commit. */
export interface View {
  /** A row that must not be there yet (`VIEW_ROW_EXISTS` at the commit). */
  insert(table: string, row: Row): void;
  /** Sets the named columns; makes the row if it is missing. */
  upsert(table: string, row: Row): void;
  /** Sets the named columns of a row that must be there (`VIEW_ROW_MISSING` at the commit). */
  update(table: string, row: Row): void;
  /** Removes a row; a missing one is no error. */
  delete(table: string, key: Row): void;
  /** Adds to counters of a counter table: `view.increment('activity_counts', { activity: 'A' }, { n: 1 })`. */
  increment(table: string, key: Row, amounts: Readonly<Record<string, number>>): void;
  /** The row as it is, with what this batch has done to it so far. */
  get(table: string, key: Row): Promise<Row | undefined>;
}

/** The second argument of an `@On` method. */
export interface ProjectionContext {
  readonly view: View;
  readonly streamId: string;
  readonly version: number;
  readonly shard: number;
  readonly position: Position;
  readonly eventId: string;
  /** When the store committed the event. */
  readonly time: Date;
  readonly metadata: EventMetadata;
  /** True while a generation is filled that nobody reads, and when rows are made anew: what was told to the outside has been told before. */
  readonly isReplay: boolean;
  /**
   * Runs the callback once the event's batch is surely committed, in order, one after another, before the shard goes on. At most once: it is lost
   * when the process ends in between. What it throws, and that it takes longer than the projector's `timeoutMs`, is logged and counted, and
   * fails nothing. Held back for good in a replay; it runs when a parked stream is re-driven.
   */
  readonly afterCommit: (effect: AfterCommit) => void;
}

/** A projector as the framework runs it, made from a decorated class. Its policy counts for handlers that do not say otherwise. */
export interface ProjectorDefinition extends HandlerPolicy {
  readonly name: string;
  readonly version: number;
  /**
   * `'shared'` (default): rows may be written by events of several streams; a batch with reads is one serialisable transaction.
   * `'stream'`: each row is written by the events of one stream only; a batch is one blind commit.
   */
  readonly rows: 'shared' | 'stream';
  readonly tables: readonly DeclaredTable[];
  /**
   * `'async'` (default): it follows the log. `'inline'`: its handlers run in the command, before its events are committed, and its rows are
   * written in the same commit. For the few that need it: only rows 'stream' and no counters, no position, a budget of changes, `time` is
   * when the event was recorded, and a handler that throws fails the command.
   */
  readonly lifecycle?: 'async' | 'inline';
  /**
   * `'stream'` (default): events of one stream come in their order, and the shards side by side. `'global'`: all events of the log come one after
   * another in the order of their commits, by one process at a time; for projectors whose rows depend on it. Events follow with the
   * next look at the tails (`tailCheckMs`) where the messages go to another process.
   */
  readonly order?: 'stream' | 'global';
  /** `'pass'` (default): events whose names this process does not know pass it by. `'fail'`: they fail, so that their streams are parked. */
  readonly unknownEvents?: 'pass' | 'fail';
  /** Events it takes; others of the log pass it by. */
  readonly events: readonly Constructor[];
  /** What the handler of a class says for itself. */
  policyOf?(event: Constructor): HandlerPolicy | undefined;
  /** Runs the handler of the event's class. */
  handle(event: object, context: ProjectionContext): Promise<void> | void;
}
