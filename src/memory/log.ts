import { nextCommitMicros } from '../event-store/commit-time.js';
import type { AppendResult } from '../event-store/append.js';
import type { Cursor } from '../event-store/shard-cursors.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { MemoryTable } from './table.js';

/** The events of one stream, the one of version n at index n - 1, and the snapshots beside them. */
export interface MemoryStream {
  readonly events: StoredEvent[];
  /** Ascending by version. */
  readonly snapshots: { readonly version: number; readonly state: string }[];
}

/** What a `memory()` provider keeps between one opening and the next: the "database". */
export class MemoryLog {
  readonly streams = new Map<string, MemoryStream>();
  /** By shard, ascending by position. */
  readonly shards: readonly StoredEvent[][];
  readonly appends = new Map<string, AppendResult>();
  /** By consumer, then shard. */
  readonly cursors = new Map<string, Map<number, Cursor>>();
  /** By name in lower case. */
  readonly tables = new Map<string, MemoryTable>();
  private lastMicros = 0;

  constructor(readonly shardCount: number) {
    this.shards = Array.from({ length: shardCount }, () => []);
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
