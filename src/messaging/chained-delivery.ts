import { comparePositions, type Position } from '../event-store/position.js';
import type { ChainedEvent } from './envelope.js';

/** A span of one shard's log that messages have not brought. */
export interface DeliveryGap {
  /** Exclusive; absent: from the beginning of the shard. */
  readonly after?: Position;
  /** Inclusive. */
  readonly upTo: Position;
}

/** What to do with the messages that wait for one shard. Every message is in exactly one of the three lists. */
export interface DeliveryPlan<T extends ChainedEvent> {
  /** In log order, nothing missing before or between them. */
  readonly apply: readonly T[];
  /** Done before, or a second copy. */
  readonly drop: readonly T[];
  /** In log order; for a later plan. */
  readonly wait: readonly T[];
  /**
   * Present when what follows `apply` has to be read from the log before the first of `wait` can be applied; or up to it, where it and perhaps
   * those that follow it are claim checks, whose events only the log has.
   */
  readonly gap?: DeliveryGap;
}

/**
 * Chained delivery, decided: which messages of one shard continue the log at `cursor`. Each message names the position before
 * it, so the log has nothing between the two: a message may be applied exactly when the cursor is at or after its predecessor
 * and before itself. Loss, doubling and reordering by a transport show as a gap or a drop, never as a wrong batch. A claim check is news
 * of its position and never applied: it closes the gap that ends with it.
 *
 * @param cursor the last event done; undefined before the first
 * @param waiting messages of one shard, in any order, with copies
 * @param maxEvents at most so many in `apply`, at least 1
 */
export function planDelivery<T extends ChainedEvent>(
  cursor: Position | undefined,
  waiting: readonly T[],
  maxEvents: number,
): DeliveryPlan<T> {
  const { fresh, drop } = sortOut(cursor, waiting);
  const apply: T[] = [];
  let at = cursor;
  for (const message of fresh) {
    if (apply.length === maxEvents || message.dataRef !== undefined || !continues(at, message)) break;
    apply.push(message);
    at = message.event.position;
  }
  const wait = fresh.slice(apply.length);
  return { apply, drop, wait, ...gapBefore(at, wait) };
}

/** The messages after the cursor in log order, and those that are old or a second copy. */
function sortOut<T extends ChainedEvent>(cursor: Position | undefined, waiting: readonly T[]): { fresh: T[]; drop: T[] } {
  const fresh: T[] = [];
  const drop: T[] = [];
  const sorted = [...waiting].sort((a, b) => comparePositions(a.event.position, b.event.position));
  for (const message of sorted) {
    const last = fresh.at(-1)?.event.position ?? cursor;
    const isNew = last === undefined || comparePositions(message.event.position, last) > 0;
    (isNew ? fresh : drop).push(message);
  }
  return { fresh, drop };
}

/** Whether the log has nothing between the cursor and this later message. */
function continues(cursor: Position | undefined, { previous }: ChainedEvent): boolean {
  if (previous === undefined) return true;
  return cursor !== undefined && comparePositions(previous, cursor) <= 0;
}

function gapBefore(cursor: Position | undefined, waiting: readonly ChainedEvent[]): { gap: DeliveryGap } | undefined {
  const [next] = waiting;
  if (next === undefined) return undefined;
  const upTo = continues(cursor, next) ? lastClaimed(cursor, waiting) : next.previous;
  if (upTo === undefined || upTo === cursor) return undefined;
  return { gap: cursor === undefined ? { upTo } : { after: cursor, upTo } };
}

/** How far claim checks alone continue the log: one read brings the events of all of them. */
function lastClaimed(cursor: Position | undefined, waiting: readonly ChainedEvent[]): Position | undefined {
  let at = cursor;
  for (const message of waiting) {
    if (message.dataRef === undefined || !continues(at, message)) return at;
    at = message.event.position;
  }
  return at;
}
