import type { ShardRange } from '../event-store/event-store.js';
import { comparePositions, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';

/** Where a subscription stops, by shard; a shard that is missing, or has no position, does not begin. */
export type HoldPositions = ReadonlyMap<number, Position | undefined>;

/** How far the lanes of a subscription may go; as far as the log, unless it is told otherwise. */
export class LaneHold {
  private positions: HoldPositions | undefined;
  private readonly paused = new Set<number>();

  set(positions: HoldPositions | undefined): void {
    this.positions = positions;
  }

  /** Stands still wherever it is, until it is resumed. */
  pause(shard: number): void {
    this.paused.add(shard);
  }

  resume(shard: number): void {
    this.paused.delete(shard);
  }

  isPaused(shard: number): boolean {
    return this.paused.has(shard);
  }

  /** The position that a shard may not go beyond, if there is one; one that may not begin has none, and is at its end. */
  limitOf(shard: number): Position | undefined {
    return this.positions?.get(shard);
  }

  /** Whether a shard stands where it is held. */
  isReached(shard: number, position: Position | undefined): boolean {
    if (this.paused.has(shard)) return true;
    if (this.positions === undefined) return false;
    const limit = this.positions.get(shard);
    return limit === undefined || (position !== undefined && comparePositions(position, limit) >= 0);
  }

  /** The range, cut where the shard is held. */
  cut(range: ShardRange): ShardRange {
    const limit = this.positions?.get(range.shard);
    return limit === undefined ? range : { ...range, upTo: limit };
  }

  /** Those of events in log order that may be handled; what is beyond waits. */
  allowed(shard: number, events: readonly StoredEvent[]): readonly StoredEvent[] {
    const limit = this.positions?.get(shard);
    const last = events.at(-1);
    if (limit === undefined || last === undefined || comparePositions(last.position, limit) <= 0) return events;
    return events.filter(({ position }) => comparePositions(position, limit) <= 0);
  }
}
