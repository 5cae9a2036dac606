import { nextCommitMicros } from '../event-store/commit-time.js';
import type { AppendResult } from '../event-store/append.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { SYSTEM_TABLES } from '../event-store/system-tables.js';
import { MemoryTable } from './table.js';

/** The events of one stream, the one of version n at index n - 1 - removed, and the snapshots beside them. */
export interface MemoryStream {
  /** Events removed from its beginning; not 0 only in a deleted stream. */
  removed: number;
  readonly events: StoredEvent[];
  /** Ascending by version. */
  readonly snapshots: { readonly version: number; readonly state: string }[];
}

/** What a `memory()` provider keeps between one opening and the next: the "database". */
export class MemoryLog {
  readonly streams = new Map<string, MemoryStream>();
  /** By shard, ascending by position. */
  readonly shards: StoredEvent[][];
  readonly appends = new Map<string, AppendResult>();
  /** By consumer, then shard. */
  readonly cursors = new Map<string, Map<number, Cursor>>();
  /** By name in lower case. */
  readonly tables = new Map<string, MemoryTable>();
  private lastMicros = 0;

  constructor(readonly shardCount: number) {
    this.shards = Array.from({ length: shardCount }, () => []);
    for (const table of SYSTEM_TABLES) this.tables.set(table.name, new MemoryTable(table));
  }

  /** The stream, made where it is missing. */
  stream(streamId: string): MemoryStream {
    const known = this.streams.get(streamId);
    if (known !== undefined) return known;
    const made: MemoryStream = { removed: 0, events: [], snapshots: [] };
    this.streams.set(streamId, made);
    return made;
  }

  /** The last version of a stream and the type of the event there; version 0 where there is none. */
  head(streamId: string): { readonly version: number; readonly type: string | undefined } {
    const stream = this.streams.get(streamId);
    if (stream === undefined) return { version: 0, type: undefined };
    return { version: stream.removed + stream.events.length, type: stream.events.at(-1)?.type };
  }

  removeFromShard(shard: number, removed: ReadonlySet<StoredEvent>): void {
    this.shards[shard] = (this.shards[shard] ?? []).filter((event) => !removed.has(event));
  }

  /** Later commits get times after this one. */
  passTime(micros: number): void {
    this.lastMicros = Math.max(this.lastMicros, micros);
  }

  /** The time of a commit: above every time given before. */
  nextCommitTime(nowMs: number): number {
    this.lastMicros = nextCommitMicros(nowMs, this.lastMicros);
    return this.lastMicros;
  }

  /** A time that every commit so far is at or before, and every later one after. */
  currentTime(nowMs: number): number {
    this.lastMicros = Math.max(this.lastMicros, nextCommitMicros(nowMs, 0));
    return this.lastMicros;
  }
}
