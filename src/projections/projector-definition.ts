import type { Constructor } from '../messages/constructor.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { ColumnType, Row } from '../event-store/read-models.js';
import type { Position } from '../event-store/position.js';

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
}

/** A projector as the framework runs it, made from a decorated class. */
export interface ProjectorDefinition {
  readonly name: string;
  readonly version: number;
  /**
   * `'shared'` (default): rows may be written by events of several streams; a batch with reads is one serialisable transaction.
   * `'stream'`: each row is written by the events of one stream only; a batch is one blind commit.
   */
  readonly rows: 'shared' | 'stream';
  readonly tables: readonly DeclaredTable[];
  /** Events it takes; others of the log pass it by. */
  readonly events: readonly Constructor[];
  /** Runs the handler of the event's class. */
  handle(event: object, context: ProjectionContext): Promise<void> | void;
}
