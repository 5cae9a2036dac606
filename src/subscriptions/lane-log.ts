import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { readLog } from '../event-store/read-log.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { LaneHold } from './lane-hold.js';

/** The log as one lane sees it. */
export interface LaneLog {
  /** The events after a position, at most `limit`. Fewer come only at the end of the log, or where the lane is held, or at `upTo` where it is given. */
  read(after: Position | undefined, limit: number, upTo?: Position): Promise<readonly StoredEvent[]>;
}

export interface LaneLogOptions {
  readonly store: EventStore;
  readonly hold: LaneHold;
  readonly calls: CallOptions;
}

/** One shard's log. 1 Read a page. */
export class ShardLog implements LaneLog {
  constructor(
    private readonly shard: number,
    private readonly options: LaneLogOptions,
  ) {}

  read(after: Position | undefined, limit: number, upTo?: Position): Promise<readonly StoredEvent[]> {
    const { store, hold, calls } = this.options;
    const range = after === undefined ? { shard: this.shard } : { shard: this.shard, after };
    return store.readShards([upTo === undefined ? hold.cut(range) : { ...range, upTo }], { ...calls, limit });
  }
}

/** Where a {@link GlobalLog} goes on. */
interface OpenLog {
  readonly events: AsyncGenerator<StoredEvent>;
  readonly upTo: Position | undefined;
  after: Position | undefined;
}

/**
 * The whole log in the order of commit time, bounded by the store's time, so that nothing appears behind what was read. It stays open from one
 * page to the next, for its start costs a Read of every shard.
 */
export class GlobalLog implements LaneLog {
  private current: OpenLog | undefined;

  constructor(
    private readonly lane: number,
    private readonly options: LaneLogOptions,
  ) {}

  async read(after: Position | undefined, limit: number): Promise<readonly StoredEvent[]> {
    const log = this.openAt(after);
    // Until the page is whole: after an error nobody knows where it stands.
    this.current = undefined;
    const page: StoredEvent[] = [];
    while (page.length < limit) {
      const next = await log.events.next();
      if (next.done === true) return page;
      page.push(next.value);
    }
    log.after = page.at(-1)?.position ?? after;
    this.current = log;
    return page;
  }

  private openAt(after: Position | undefined): OpenLog {
    const { store, hold, calls } = this.options;
    const upTo = hold.limitOf(this.lane);
    if (this.current !== undefined && this.current.after === after && this.current.upTo === upTo) return this.current;
    const bounds = { ...(after !== undefined && { after }), ...(upTo !== undefined && { upTo }) };
    return { events: readLog(store, { ...calls, ...bounds }), upTo, after };
  }
}
