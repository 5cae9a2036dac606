import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { shardOf } from '../event-store/shard.js';
import { DISCARDED_EVENTS, PARKED_STREAMS } from '../event-store/system-tables.js';
import { throwIfAborted } from '../support/abort.js';
import { systemClock, type Clock } from '../support/clock.js';
import { uuidV7, type IdGenerator } from '../support/uuid-v7.js';
import { discardedEventOf, type DiscardedEvent } from './discarded-event.js';
import { writeRequests } from './parked-requests.js';
import { checkSelection, isSelected, type ParkedSelection } from './parked-selection.js';
import { parkedStreamOf, type ParkedStream } from './parked-stream.js';

export interface ParkedStreamsOptions {
  readonly store: EventStore;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: UUID version 7. */
  readonly ids?: IdGenerator;
  /** Told of each consumer that something was asked of, so that an owner in this process looks at once. Default: owners look by themselves, within `tailCheckMs`. */
  readonly notify?: (consumer: string) => void;
}

/** Everything about one parked stream. */
export interface ParkedStreamDetails extends ParkedStream {
  /** Events of the stream in the log that wait: the parked one and all after it. */
  readonly waiting: number;
  /** What was given up of it before, ascending by version; the newest 1,000. */
  readonly discarded: readonly DiscardedEvent[];
}

export interface DiscardOptions {
  /** Why; kept with each event that is given up. */
  readonly reason: string;
  /** Every event of the stream that waits now, and not the parked one alone. */
  readonly everything?: boolean;
}

/** What was asked for. */
export interface ParkedAsked {
  /** Streams that the request was written for. */
  readonly requested: number;
  /** For `waitUntilSettled`. */
  readonly ticket: ParkedTicket;
}

/** Tells one request from others. */
export interface ParkedTicket {
  readonly selection: ParkedSelection;
  readonly requested: number;
  readonly at: Date;
}

/** What has become of a request. */
export interface ParkedOutcome {
  /** Not carried out yet. */
  readonly pending: number;
  /** Of those that were asked for, streams that are parked no more. */
  readonly unparked: number;
  /** Streams whose event failed again. */
  readonly failedAgain: number;
}

export interface SettleOptions {
  /** Milliseconds, 0..86,400,000, default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (outcome: ParkedOutcome) => void;
}

/**
 * Streams that wait because one of their events could not be handled. What is asked for is noted durably, and carried out by whoever maintains the
 * projection, in whatever process. Asking twice is fine. Safe to use concurrently.
 */
export interface ParkedStreams {
  /** All of them, by consumer, shard and stream. Memory is bounded. */
  list(selection?: ParkedSelection): AsyncIterable<ParkedStream>;
  /** One of them; undefined when it is not parked. 3 Reads. */
  show(consumer: string, streamId: string): Promise<ParkedStreamDetails | undefined>;
  /**
   * Handles the waiting events again, from the log, in order. A stream whose event fails again stays parked, with the new reason. Throws
   * `PARKED_SELECTION_INVALID`; `STREAM_NOT_PARKED` where a stream is named with its consumer and is not parked.
   */
  redrive(selection: ParkedSelection): Promise<ParkedAsked>;
  /** Gives the parked event up, for this consumer alone and for good, and re-drives the rest. Throws as `redrive`, and `OPTION_INVALID` without a reason. */
  discard(selection: ParkedSelection, options: DiscardOptions): Promise<ParkedAsked>;
  /** Resolves when what was asked for is carried out. 1 Read at growing intervals from 50 ms to 2 s. Throws `PARKED_NOT_SETTLED`, and the signal's reason. */
  waitUntilSettled(ticket: ParkedTicket, options?: SettleOptions): Promise<ParkedOutcome>;
}

const CALLER = 'parked';
/** Streams of one commit of requests. */
const PAGE = 200;
const MAX_SHOWN = 1_000;
const FIRST_POLL_MS = 50;
const MAX_POLL_MS = 2_000;
const POLL_FACTOR = 1.5;

export function createParkedStreams(options: ParkedStreamsOptions): ParkedStreams {
  return new StoredParkedStreams(options);
}

class StoredParkedStreams implements ParkedStreams {
  private readonly store: EventStore;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;
  private lastAsked = 0;

  constructor(private readonly options: ParkedStreamsOptions) {
    this.store = options.store;
    this.clock = options.clock ?? systemClock;
    this.ids = options.ids ?? uuidV7();
  }

  async *list(selection: ParkedSelection = {}): AsyncGenerator<ParkedStream> {
    // Of a projector's name it is not known which generations there are.
    const { consumer } = selection;
    const prefix = consumer?.includes(':') === true ? { consumer } : undefined;
    for await (const row of this.store.readModels.scan(PARKED_STREAMS, prefix, { caller: CALLER })) {
      if (row['reason'] === 'rebuild') continue; // a request for the rows of one stream, which is not parked
      const parked = parkedStreamOf(row);
      if (isSelected(parked, selection)) yield parked;
    }
  }

  async show(consumer: string, streamId: string): Promise<ParkedStreamDetails | undefined> {
    const parked = await this.find(consumer, streamId);
    if (parked === undefined) return undefined;
    const last = await this.lastVersion(streamId);
    const discarded: DiscardedEvent[] = [];
    const key = { consumer: parked.consumer, stream_id: streamId };
    for await (const row of this.store.readModels.scan(DISCARDED_EVENTS, key, { caller: CALLER })) {
      discarded.push(discardedEventOf(row));
      if (discarded.length > MAX_SHOWN) discarded.shift();
    }
    return { ...parked, waiting: Math.max(0, last - parked.version + 1), discarded };
  }

  redrive(selection: ParkedSelection): Promise<ParkedAsked> {
    return this.ask(selection, 'redrive', { upToVersionOf: async () => null });
  }

  async discard(selection: ParkedSelection, { reason, everything = false }: DiscardOptions): Promise<ParkedAsked> {
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new EventspanError('OPTION_INVALID', { path: 'discard.reason', value: reason, bound: 'a text that says why' });
    }
    const upToVersionOf = async (parked: ParkedStream): Promise<number> =>
      everything ? Math.max(parked.version, await this.lastVersion(parked.streamId)) : parked.version;
    return this.ask(selection, 'discard', { reason, upToVersionOf });
  }

  async waitUntilSettled(ticket: ParkedTicket, { timeoutMs = 60_000, signal, onProgress }: SettleOptions = {}): Promise<ParkedOutcome> {
    checkWholeNumber('timeoutMs', timeoutMs, { min: 0, max: 86_400_000 });
    const deadline = this.clock.now() + timeoutMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_FACTOR)) {
      throwIfAborted(signal);
      const outcome = await this.outcomeOf(ticket);
      onProgress?.(outcome);
      if (outcome.pending === 0) return outcome;
      const restMs = deadline - this.clock.now();
      if (restMs <= 0) throw new EventspanError('PARKED_NOT_SETTLED', { pending: outcome.pending, timeoutMs });
      await this.clock.sleep(Math.min(pollMs, restMs), signal);
    }
  }

  private async ask(
    selection: ParkedSelection,
    kind: 'redrive' | 'discard',
    what: { readonly reason?: string; readonly upToVersionOf: (parked: ParkedStream) => Promise<number | null> },
  ): Promise<ParkedAsked> {
    checkSelection(selection);
    const at = this.newTime();
    const request = { kind, at, ...(what.reason !== undefined && { reason: what.reason }) };
    const writing = { store: this.store, request, caller: CALLER, upToVersionOf: what.upToVersionOf };
    let requested = 0;
    for await (const page of this.pages(selection)) {
      requested += await writeRequests(page, { ...writing, id: this.ids() });
      this.options.notify?.(page[0]?.consumer ?? '');
    }
    const { consumer, streamId } = selection;
    if (requested === 0 && streamId !== undefined)
      throw new EventspanError('STREAM_NOT_PARKED', { streamId, consumer: consumer ?? 'any consumer' });
    return { requested, ticket: { selection, requested, at } };
  }

  /** The selected streams, page by page; a page is of one consumer. */
  private async *pages(selection: ParkedSelection): AsyncGenerator<readonly ParkedStream[]> {
    let page: ParkedStream[] = [];
    for await (const parked of this.list(selection)) {
      if (page.length === PAGE || (page[0] !== undefined && page[0].consumer !== parked.consumer)) {
        yield page;
        page = [];
      }
      page.push(parked);
    }
    if (page.length > 0) yield page;
  }

  private async outcomeOf({ selection, requested, at }: ParkedTicket): Promise<ParkedOutcome> {
    const { consumer, streamId } = selection;
    let pending = 0;
    let failedAgain = 0;
    // What failed again may have another reason now.
    const asked = { ...(consumer !== undefined && { consumer }), ...(streamId !== undefined && { streamId }) };
    for await (const parked of this.list(asked)) {
      if (parked.requestedAt?.getTime() !== at.getTime()) continue;
      if (parked.request === undefined) failedAgain++;
      else pending++;
    }
    return { pending, failedAgain, unparked: Math.max(0, requested - pending - failedAgain) };
  }

  private async find(consumer: string, streamId: string): Promise<ParkedStream | undefined> {
    if (!consumer.includes(':')) {
      for await (const parked of this.list({ consumer, streamId })) return parked;
      return undefined;
    }
    const lanes = [...new Set([shardOf(streamId, this.store.shardCount), 0])];
    const keys = lanes.map((shard) => ({ consumer, shard, stream_id: streamId }));
    const row = (await this.store.readModels.get(PARKED_STREAMS, keys, { caller: CALLER })).find((each) => each !== undefined);
    return row && parkedStreamOf(row);
  }

  /** Requests of this object have times of their own, by which they are told from each other. */
  private newTime(): Date {
    this.lastAsked = Math.max(this.clock.now(), this.lastAsked + 1);
    return new Date(this.lastAsked);
  }

  private async lastVersion(streamId: string): Promise<number> {
    for await (const { version } of this.store.readStream(streamId, { direction: 'backwards', limit: 1, caller: CALLER })) return version;
    return 0;
  }
}
