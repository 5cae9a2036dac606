import type { EventStore } from '../../event-store/event-store.js';
import { DEAD_LETTER_KEYS, DEAD_LETTERS } from '../../event-store/messaging-tables.js';
import type { Row } from '../../event-store/read-models.js';
import { isLeaseOver } from '../../event-store/shard-leases.js';
import { Nap } from '../../subscriptions/nap.js';
import { ParkedRows } from '../../subscriptions/parked-rows.js';
import { throwIfAborted } from '../../support/abort.js';
import type { Clock } from '../../support/clock.js';
import type { Logger } from '../../telemetry/logger.js';
import type { BatchRunner } from '../batch-runner.js';
import type { InboxCounts } from '../inbox-status.js';
import type { InboxRows } from '../inbox-rows.js';
import type { MessageReader } from '../read-message.js';
import { LetterRedrive } from './letter-redrive.js';
import { redriveConsumer } from './letter-requests.js';

export interface RedriverOptions {
  readonly consumer: string;
  readonly runner: BatchRunner;
  readonly reader: MessageReader;
  readonly store: EventStore;
  readonly inbox: InboxRows;
  readonly counts: InboxCounts;
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly caller: string;
  readonly closing: AbortSignal;
}

/** A dead letter among those of its key. */
interface Place {
  readonly messageId: string;
  readonly sequence: number;
  readonly isRequested: boolean;
}

const POLL_MS = 1_000;
/** An owner that has not committed anything for so long is taken for dead. */
const LEASE_MS = 30_000;
const LANE = 0;
/** Letters without order that are collected before they are handled. */
const MAX_COLLECTED = 1_000;

/**
 * Carries out what operators ask of a consumer's dead letters: handles them again, those of one key in their order from the first. One process at
 * a time does it, under a cursor of its own, whose token is in each commit; another goes on where it ended. Looks once a second, 1 Read.
 */
export class Redriver {
  private readonly requests: ParkedRows;
  private readonly nap: Nap;
  private readonly name: string;
  private isWoken = false;

  constructor(private readonly options: RedriverOptions) {
    const { store, consumer, caller, clock, closing } = options;
    this.name = redriveConsumer(consumer);
    this.requests = new ParkedRows(store, this.name, { caller });
    this.nap = new Nap(clock, closing);
  }

  /** Something was asked for: it does not wait for its next look. */
  look(): void {
    this.isWoken = true;
    this.nap.end();
  }

  /** Until the consumer stops. Never throws. */
  async run(): Promise<void> {
    const { closing, logger, consumer } = this.options;
    while (!closing.aborted) {
      this.isWoken = false;
      try {
        if (await this.requests.isAsked()) await this.carryOut();
      } catch (error) {
        this.requests.forget();
        if (!closing.aborted) logger.warn({ consumer, error }, 'dead letters were not re-driven to the end; it goes on soon');
      }
      if (!this.isWoken) await this.nap.take(POLL_MS);
    }
  }

  private async carryOut(): Promise<void> {
    const { store, caller } = this.options;
    const token = await this.take();
    // Whoever has it may end before it is done: then it is looked for again.
    if (token === undefined) return this.requests.forget();
    try {
      const redrive = new LetterRedrive({ ...this.options, advance: { consumer: this.name, shard: LANE, token } });
      while (await this.pass(redrive));
    } finally {
      const { cursors } = await store.cursors.read(this.name, { caller }).catch(() => ({ cursors: [] }));
      await store.cursors.release(cursors.filter((cursor) => cursor.token === token)).catch(() => undefined);
    }
  }

  /** The token under which this process works; undefined where another one does. 2 Reads and 1 Commit. */
  private async take(): Promise<number | undefined> {
    const { store, owner, caller } = this.options;
    const { cursors, storeTime } = await store.cursors.read(this.name, { caller });
    const cursor = cursors.find(({ shard }) => shard === LANE);
    if (cursor !== undefined && ![owner, ''].includes(cursor.owner) && !isLeaseOver(cursor, storeTime, LEASE_MS)) return undefined;
    const [taken] = await store.cursors.take(this.name, owner, [{ shard: LANE, token: cursor?.token ?? 0 }], { caller });
    return taken?.token;
  }

  /** Answers whether there may be more to do. */
  private async pass(redrive: LetterRedrive): Promise<boolean> {
    const { consumer, store, caller, closing } = this.options;
    const keys = new Map<string, Row>();
    for await (const row of store.readModels.scan(DEAD_LETTER_KEYS, { consumer }, { caller })) keys.set(String(row['ordering_key']), row);
    const { loose, byKey } = await this.collect();
    for (const messageId of loose) await redrive.handle(messageId);
    for (const [key, row] of keys) {
      throwIfAborted(closing);
      const places = (byKey.get(key) ?? []).toSorted((a, b) => a.sequence - b.sequence);
      const isWanted = places.length === 0 || row['request'] === 'redrive' || places.some(({ isRequested }) => isRequested);
      if (isWanted) await this.handleKey(redrive, { key, places, lastSequence: Number(row['last_sequence']) });
    }
    return loose.length === MAX_COLLECTED;
  }

  /** The letters without order that were asked for, and all others by their keys. */
  private async collect(): Promise<{ readonly loose: readonly string[]; readonly byKey: ReadonlyMap<string, readonly Place[]> }> {
    const { counts, consumer, store, caller } = this.options;
    const loose: string[] = [];
    const byKey = new Map<string, Place[]>();
    let count = 0;
    for await (const row of store.readModels.scan(DEAD_LETTERS, { consumer }, { caller })) {
      count++;
      const place = { messageId: String(row['message_id']), sequence: Number(row['sequence']), isRequested: row['request'] === 'redrive' };
      const key = row['ordering_key'];
      if (typeof key === 'string') placesOf(byKey, key).push(place);
      else if (place.isRequested && loose.length < MAX_COLLECTED) loose.push(place.messageId);
    }
    counts.deadLetters = count;
    return { loose, byKey };
  }

  private async handleKey(redrive: LetterRedrive, { key, places, lastSequence }: KeyWork): Promise<void> {
    for (const [at, { messageId }] of places.entries()) {
      throwIfAborted(this.options.closing);
      if (await redrive.handle(messageId)) continue;
      const rest = places.slice(at + 1).filter(({ isRequested }) => isRequested);
      return redrive.giveUpKey(
        key,
        rest.map((place) => place.messageId),
      );
    }
    if (await redrive.removeKey(key, lastSequence)) return;
    // More of them came behind while these were handled.
    this.look();
    this.requests.forget();
  }
}

interface KeyWork {
  readonly key: string;
  readonly places: readonly Place[];
  readonly lastSequence: number;
}

function placesOf(byKey: Map<string, Place[]>, key: string): Place[] {
  const places = byKey.get(key) ?? [];
  byKey.set(key, places);
  return places;
}
