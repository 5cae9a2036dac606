import { compareCodePoints } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';

/** An event of each of two logs at the same place; one is missing where that log has none there. */
export interface LogPair<A extends Placed> {
  readonly first?: A;
  readonly second?: StoredEvent;
}

export interface Placed {
  readonly event: StoredEvent;
}

/**
 * Goes through two logs side by side. Inside one commit time the order is by stream and version, since the index in a commit is not the same
 * in every store. Memory: the events of one commit time.
 */
export async function* pairLogs<A extends Placed>(first: AsyncIterable<A>, second: AsyncIterable<StoredEvent>): AsyncGenerator<LogPair<A>> {
  const left = byCommitTime(first, ({ event }) => event);
  const right = byCommitTime(second, (event) => event);
  try {
    let a = await left.next();
    let b = await right.next();
    while (a.done !== true || b.done !== true) {
      const order = compareTimes(a, b);
      yield* pairInside(order <= 0 && a.done !== true ? a.value.items : [], order >= 0 && b.done !== true ? b.value.items : []);
      if (order <= 0) a = await left.next();
      if (order >= 0) b = await right.next();
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

interface Group<T> {
  readonly time: string;
  readonly items: readonly T[];
}

async function* byCommitTime<T>(source: AsyncIterable<T>, eventOf: (item: T) => StoredEvent): AsyncGenerator<Group<T>, undefined> {
  let items: T[] = [];
  let time = '';
  for await (const item of source) {
    const itsTime = commitTimeOf(eventOf(item));
    if (items.length > 0 && itsTime !== time) {
      yield { time, items: items.sort((a, b) => compareEvents(eventOf(a), eventOf(b))) };
      items = [];
    }
    time = itsTime;
    items.push(item);
  }
  if (items.length > 0) yield { time, items: items.sort((a, b) => compareEvents(eventOf(a), eventOf(b))) };
  return undefined;
}

function compareTimes(a: IteratorResult<Group<unknown>, undefined>, b: IteratorResult<Group<unknown>, undefined>): number {
  if (a.done === true) return 1;
  if (b.done === true) return -1;
  return a.value.time === b.value.time ? 0 : a.value.time < b.value.time ? -1 : 1;
}

function* pairInside<A extends Placed>(first: readonly A[], second: readonly StoredEvent[]): Generator<LogPair<A>> {
  let a = 0;
  let b = 0;
  while (a < first.length || b < second.length) {
    const pair = pairOf(first[a], second[b]);
    yield pair;
    if (pair.first !== undefined) a++;
    if (pair.second !== undefined) b++;
  }
}

/** Both where they are at the same place; else the one that comes before the other. */
function pairOf<A extends Placed>(first: A | undefined, second: StoredEvent | undefined): LogPair<A> {
  if (first === undefined) return second === undefined ? {} : { second };
  if (second === undefined) return { first };
  const order = compareEvents(first.event, second);
  if (order === 0) return { first, second };
  return order < 0 ? { first } : { second };
}

function compareEvents(a: StoredEvent, b: StoredEvent): number {
  return compareCodePoints(a.streamId, b.streamId) || a.version - b.version;
}
