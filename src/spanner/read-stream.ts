import type { CallOptions } from '../event-store/call-options.js';
import type { StreamReadPlan } from '../event-store/read-plan.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { SpannerContext } from './context.js';
import { EVENT_COLUMNS, eventOfRow, isGuard } from './event-rows.js';
import { readHead } from './stream-head.js';
import { key } from './values.js';

const PAGE_EVENTS = 500;
/** Characters of a page held in memory; a page of larger events is read again in smaller parts. */
const PAGE_CHARACTERS = 16_777_216;

interface StreamRead {
  readonly streamId: string;
  readonly plan: StreamReadPlan;
  readonly options: CallOptions;
}

/** Versions of one stream, inclusive, and how many events of them at most. */
interface Page {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** The events of a stream, one Read a page; each page is a call of its own, with its own deadline. */
export async function* readStreamPages(context: SpannerContext, read: StreamRead): AsyncGenerator<StoredEvent> {
  const pages = new StreamPages(context, read);
  let left = read.plan.limit;
  while (left > 0 && !pages.isDone) {
    for (const event of await pages.next()) {
      yield event;
      if (--left === 0) return;
    }
  }
}

/** Goes through a stream by spans of versions. Versions descend in the key, so that a Read gives the newest first. */
class StreamPages {
  private from: number;
  private to: number;
  private size = PAGE_EVENTS;

  constructor(
    private readonly context: SpannerContext,
    private readonly read: StreamRead,
  ) {
    ({ from: this.from, to: this.to } = read.plan);
  }

  get isDone(): boolean {
    return this.from > this.to;
  }

  /** The events of the next span in the order of the plan; none where it was too large, and will be read in parts. */
  async next(): Promise<readonly StoredEvent[]> {
    const { backwards, asOf } = this.read.plan;
    const page = { from: this.from, to: backwards ? this.to : Math.min(this.to, this.from + this.size - 1), limit: this.size };
    const rows = await readPage(this.context, this.read, page);
    if (rows === 'too large') {
      this.size = Math.max(1, this.size >> 2);
      return [];
    }
    await this.advance(page, rows);
    const newestFirst = rows.filter((event) => !isGuard(event));
    const inTime = asOf === undefined ? newestFirst : newestFirst.filter((event) => commitTimeOf(event) <= asOf);
    // Commit times ascend with versions: what is not in time here is followed by nothing that is.
    if (!backwards && inTime.length < newestFirst.length) this.to = 0;
    return backwards ? inTime : inTime.toReversed();
  }

  /** Versions have no gaps but the one that grows from the beginning of a stream that is being deleted. */
  private async advance(page: Page, rows: readonly StoredEvent[]): Promise<void> {
    const newest = rows[0]?.version ?? 0;
    if (this.read.plan.backwards) this.to = rows.length < page.limit ? 0 : (rows.at(-1)?.version ?? 1) - 1;
    else if (newest === page.to) this.from = page.to + 1;
    else if (isInGap(page, rows)) await this.leap(page);
    else this.to = 0;
  }

  /** Over the gap to the last event, which a deleted stream keeps; to the end where there is none. 1 Read. */
  private async leap(page: Page): Promise<void> {
    const { version } = await readHead(this.context, this.read.streamId, this.context.calls.begin(this.read.options));
    if (version > page.to) this.from = version;
    else this.to = 0;
  }
}

/** Nothing but perhaps the guard of a deleted stream; a stream without its first version and without a guard is none. */
function isInGap(page: Page, rows: readonly StoredEvent[]): boolean {
  return rows.every(isGuard) && (rows.length > 0 || page.from > 1);
}

async function readPage(
  { calls, rpc }: SpannerContext,
  { streamId, options }: StreamRead,
  page: Page,
): Promise<StoredEvent[] | 'too large'> {
  const call = calls.begin(options);
  const range = { startClosed: key(streamId, page.to), endClosed: key(streamId, page.from) };
  const body = { table: 'events', columns: EVENT_COLUMNS, keySet: { ranges: [range] }, limit: page.limit };
  const attempt = async (): Promise<StoredEvent[] | 'too large'> => {
    const events: StoredEvent[] = [];
    let characters = 0;
    for await (const row of rpc.read(body, call)) {
      const event = eventOfRow(row);
      characters += event.data.length + event.metadata.length;
      if (characters > PAGE_CHARACTERS && events.length > 0) return 'too large';
      events.push(event);
    }
    return events;
  };
  return calls.run({ name: `the read of ${streamId}`, kind: 'read', attempt }, call);
}
