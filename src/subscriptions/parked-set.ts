import type { Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';
import { entryOf, type ParkedEntry } from './parked-entry.js';
import { requestOf } from './parked-stream.js';

/** The streams that are parked in one lane, as its owner knows them: read when the shard is taken, and changed by nobody else but for requests. */
export class ParkedSet {
  private readonly streams = new Map<string, ParkedEntry>();
  private readonly asked = new Set<ParkedEntry>();

  get size(): number {
    return this.streams.size;
  }

  has(streamId: string): boolean {
    return this.streams.has(streamId);
  }

  find(streamId: string): ParkedEntry | undefined {
    return this.streams.get(streamId);
  }

  /** The one that was parked last. */
  get last(): ParkedEntry | undefined {
    return [...this.streams.values()].at(-1);
  }

  add(entry: ParkedEntry): void {
    this.streams.set(entry.streamId, entry);
    if (entry.request !== undefined) this.asked.add(entry);
  }

  delete(entry: ParkedEntry): void {
    this.streams.delete(entry.streamId);
    this.asked.delete(entry);
  }

  /** Its request is carried out. */
  settle(entry: ParkedEntry): void {
    entry.doneRequestAt = entry.request?.at.getTime() ?? entry.doneRequestAt;
    entry.request = undefined;
    this.asked.delete(entry);
  }

  load(rows: readonly Row[], isUnclean: boolean): void {
    this.streams.clear();
    this.asked.clear();
    for (const row of rows) this.add(entryOf(row, isUnclean));
  }

  /**
   * Takes over requests from rows that were read while the lane went on. Nothing else: a row may be older than what the lane has done since, and a
   * stream that is not parked any more must not come back.
   */
  takeRequests(rows: readonly Row[]): void {
    for (const row of rows) {
      const entry = this.streams.get(String(row['stream_id']));
      const request = requestOf(row);
      if (entry === undefined || request === undefined || entry.version !== Number(row['version'])) continue;
      if (request.at.getTime() === entry.doneRequestAt) continue;
      entry.request = request;
      entry.waitsAt = undefined;
      this.asked.add(entry);
    }
  }

  /** A stream about which something can be done now. */
  due(now: number, cursor: Position | undefined): ParkedEntry | undefined {
    for (const entry of this.asked) if (isPossible(entry, cursor) && entry.notBefore <= now) return entry;
    return undefined;
  }

  /** Milliseconds until the next of them is due; undefined when none is. */
  nextDueMs(now: number, cursor: Position | undefined): number | undefined {
    let next: number | undefined;
    for (const entry of this.asked) {
      if (isPossible(entry, cursor)) next = Math.min(next ?? Infinity, Math.max(1, entry.notBefore - now));
    }
    return next;
  }

  /** The others come first next time. */
  toTheEnd(entry: ParkedEntry): void {
    if (this.asked.delete(entry)) this.asked.add(entry);
  }
}

function isPossible({ waitsAt }: ParkedEntry, cursor: Position | undefined): boolean {
  return waitsAt === undefined || waitsAt !== cursor;
}
