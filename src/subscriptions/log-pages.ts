import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { LaneLog } from './lane-log.js';
import type { PageSize } from './page-size.js';

const NONE: readonly StoredEvent[] = Object.freeze([]);

/** A page that is being read while the one before it is worked off. */
interface PageAhead {
  readonly after: Position;
  readonly limit: number;
  /** Undefined where the read failed; whoever needs it reads again, and sees the error. */
  readonly events: Promise<readonly StoredEvent[] | undefined>;
}

/**
 * The events of the log that a lane has in hand: those that follow its cursor, in order and whole, so that they can be applied as they are. While
 * a full page is worked off the next one is read; no more than these two are in memory.
 */
export class LogPages {
  private events: readonly StoredEvent[] = NONE;
  private next = 0;
  /** The position before the next event. */
  private before: Position | undefined;
  private ahead: PageAhead | undefined;

  constructor(
    private readonly log: LaneLog,
    private readonly size: PageSize,
  ) {}

  /** Events in hand. */
  get length(): number {
    return this.events.length - this.next;
  }

  /** The next events after the cursor, at most `max`. What does not follow it is dropped. */
  peek(cursor: Position | undefined, max: number): readonly StoredEvent[] {
    if (this.length === 0) return NONE;
    if (this.before === cursor) return this.next === 0 && max >= this.length ? this.events : this.events.slice(this.next, this.next + max);
    this.clear();
    return NONE;
  }

  /** So many of what `peek` showed are done. */
  done(count: number): void {
    if (this.length < count) return;
    this.before = (this.events[this.next + count - 1] as StoredEvent).position;
    this.next += count;
  }

  /** Events that somebody else has read. */
  put(after: Position | undefined, events: readonly StoredEvent[]): void {
    this.events = events;
    this.next = 0;
    this.before = after;
  }

  clear(): void {
    this.put(undefined, NONE);
  }

  /** Reads the page after the cursor. Answers whether there may be more behind it. */
  async read(cursor: Position | undefined): Promise<boolean> {
    const { events, limit } = (await this.takeAhead(cursor)) ?? (await this.readPage(cursor));
    this.size.saw(events);
    this.put(cursor, events);
    const last = events.at(-1);
    const isFull = events.length === limit && last !== undefined;
    if (isFull) this.readAhead(last.position);
    return isFull;
  }

  /** Reads what lies between the cursor and a position that is known, both of one shard. */
  async readUpTo(cursor: Position | undefined, upTo: Position): Promise<void> {
    const events = await this.log.read(cursor, this.size.events, upTo);
    this.size.saw(events);
    this.put(cursor, events);
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.ahead?.events;
  }

  private async readPage(cursor: Position | undefined): Promise<{ readonly events: readonly StoredEvent[]; readonly limit: number }> {
    const limit = this.size.events;
    return { events: await this.log.read(cursor, limit), limit };
  }

  private readAhead(after: Position): void {
    const limit = this.size.events;
    this.ahead = { after, limit, events: this.log.read(after, limit).catch(() => undefined) };
  }

  private async takeAhead(
    cursor: Position | undefined,
  ): Promise<{ readonly events: readonly StoredEvent[]; readonly limit: number } | undefined> {
    const { ahead } = this;
    this.ahead = undefined;
    // Waited for also where it is of no use: a log is read by one at a time.
    const events = await ahead?.events;
    return ahead === undefined || events === undefined || ahead.after !== cursor ? undefined : { events, limit: ahead.limit };
  }
}
