import type { CallOptions } from '../event-store/call-options.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { orAbort } from '../support/abort.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import { Bell } from './bell.js';
import type { FaultLog } from './fault-log.js';
import { RELAY_CONSUMER, type HeldShard } from './held-shard.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { nextPollMs, planReadLimit, planReadRound, sortPage, type PageOutcome } from './read-round.js';
import type { ResolvedRelayOptions } from './relay-options.js';
import type { Batch } from '../messaging/cut-batches.js';
import type { ShardPublisher } from './shard-publisher.js';
import { within } from '../support/within.js';

/** Between rounds that the store failed. */
const STORE_BACKOFF: Backoff = { initialMs: 100, factor: 2, maxMs: 5_000 };
/** A round waits so long for its publishes, so that one Commit advances all; slower ones ride in a later round's. */
const PATIENCE_MS = 200;
/** Each of the last two calls, the final advance and the release, may take so long. */
const FAREWELL_MS = 2_000;

/** What outlives a run: the shards' publishes may outlive it too, and the next run must not overtake them. */
export interface RelayParts {
  readonly leases: LeaseKeeper;
  readonly publisher: ShardPublisher;
  readonly faults: FaultLog;
}

/**
 * One run of a relay, from start to stop.
 *
 * A round is: leases, if it is time; 1 Read of all shards that have nothing in hand; their publishes side by side;
 * 1 Commit that advances all shards of which something was taken. A shard whose publish is slow or fails stays in hand beyond its
 * round and is left out of the reads; its end rings the bell, and the next round's Commit carries it.
 *
 * States: running (rounds) -> draining (`drain`: no new reads, no repeats; waits for the publishes under way) -> farewell (final
 * advance, release) -> ended. `giveUp` cuts the draining short. A fault of the store never ends the loop: it waits and goes on.
 */
export class RelayLoop {
  private readonly bell: Bell;
  private readonly draining = new AbortController();
  private readonly work = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  private readonly settling = new Set<{ readonly readNumber: number; readonly resolve: () => void }>();
  /** When the last round began; milliseconds since 1970 UTC. */
  turnedAt: number | undefined;
  private reads = 0;
  private reached: number | undefined;
  private averageBytes = 1;
  private pollMs = 0;
  private wasEmpty = false;
  private isResting = false;

  constructor(
    private readonly options: ResolvedRelayOptions,
    private readonly parts: RelayParts,
  ) {
    this.bell = new Bell(options.clock);
  }

  get isDraining(): boolean {
    return this.draining.signal.aborted;
  }

  get isIdle(): boolean {
    return this.isResting && this.parts.leases.held.every((held) => !held.isInHand && !held.isAhead);
  }

  /** Rounds until drained; never throws. */
  async run(): Promise<void> {
    for (let failures = 0; !this.isDraining;) {
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        if (this.isDraining) break;
        this.parts.faults.note(error);
        failures++;
        await this.pauseAfter(failures);
      }
    }
    await Promise.all(this.inHand);
    await this.farewell();
    for (const { resolve } of this.settling) resolve();
  }

  nudge(): void {
    this.pollMs = 0;
    this.bell.ring();
  }

  /** Resolves when every shard held has been read to its end after this call and is published or stopped, or when the loop ends. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.settling.add({ readNumber: this.reads + 1, resolve });
      this.nudge();
    });
  }

  drain(): void {
    this.draining.abort();
    for (const held of this.parts.leases.held) held.drain();
    this.bell.ring();
  }

  giveUp(): void {
    this.work.abort(new DOMException('The relay was told to stop at once.', 'AbortError'));
    for (const held of this.parts.leases.held) held.giveUp();
  }

  private async round(): Promise<void> {
    this.turnedAt = this.options.clock.now();
    await this.storeCall((call) => this.parts.leases.check(call));
    const sawAll = await this.readAndPublish();
    await this.storeCall((call) => this.parts.leases.commit(call));
    this.resolveSettled();
    if (sawAll) await this.rest();
  }

  /** Answers whether every shard that could be read was read to its end. */
  private async readAndPublish(): Promise<boolean> {
    const readable = this.parts.leases.held.filter((held) => held.isReadable(this.options.clock.now()));
    const ranges = planReadRound(readable, this.reached);
    this.wasEmpty = true;
    if (ranges.length === 0) return true;
    const readNumber = ++this.reads;
    const limit = planReadLimit(this.options.batchMessages, this.options.maxInFlightBytes, this.averageBytes);
    const events = await this.storeCall((call) => this.options.store.readShards(ranges, { ...call, limit }));
    const page = sortPage(ranges, events, limit);
    this.reached = page.reached;
    this.wasEmpty = events.length === 0;
    if (!this.isDraining) await this.publish(page, readNumber);
    return page.reached === undefined && ranges.length === readable.length;
  }

  private async publish(page: PageOutcome, readNumber: number): Promise<void> {
    const tasks = [...page.found].flatMap(([shard, events]) => {
      const held = this.parts.leases.find(shard);
      return held === undefined ? [] : this.publishShard(held, events);
    });
    for (const shard of page.ended) this.parts.leases.find(shard)?.sawEnd(readNumber);
    if (tasks.length === 0 || (await within(this.options.clock, PATIENCE_MS, Promise.all(tasks)))) return;
    for (const task of tasks) if (this.inHand.has(task)) void task.then(() => this.bell.ring());
  }

  private publishShard(held: HeldShard, events: readonly StoredEvent[]): Promise<void> {
    const batches = this.parts.publisher.batchesOf(held, events);
    this.averageBytes = averageBytesOf(events, batches);
    held.begin(events);
    const task = this.parts.publisher.publishAll(held, batches).finally(() => this.inHand.delete(task));
    this.inHand.add(task);
    return task;
  }

  private async rest(): Promise<void> {
    const { poll, clock } = this.options;
    this.pollMs = this.wasEmpty ? nextPollMs(this.pollMs, poll) : poll.minMs;
    this.isResting = true;
    await this.bell.wait(Math.max(poll.minMs, Math.min(this.pollMs, this.parts.leases.restMs(clock.now()))));
    this.isResting = false;
  }

  private async pauseAfter(failures: number): Promise<void> {
    try {
      await this.options.clock.sleep(nextDelayMs(STORE_BACKOFF, failures, this.options.random), this.draining.signal);
    } catch (error) {
      if (!this.isDraining) throw error;
    }
  }

  private storeCall<T>(call: (options: CallOptions) => Promise<T>): Promise<T> {
    const { signal } = this.work;
    return orAbort(call({ caller: RELAY_CONSUMER, deadlineMs: Math.floor(this.options.leaseMs / 2), signal }), signal);
  }

  private resolveSettled(): void {
    for (const waiter of this.settling) {
      if (!this.parts.leases.held.every((held) => held.isSettledSince(waiter.readNumber))) continue;
      this.settling.delete(waiter);
      waiter.resolve();
    }
  }

  private async farewell(): Promise<void> {
    const options = { caller: RELAY_CONSUMER, deadlineMs: FAREWELL_MS };
    for (const step of [(): Promise<void> => this.parts.leases.commit(options), (): Promise<void> => this.parts.leases.release(options)]) {
      try {
        const inTime = await within(this.options.clock, FAREWELL_MS, step());
        if (!inTime) this.options.logger.warn({}, 'relay: the store did not answer at the end; the leases run out by themselves');
      } catch (error) {
        this.parts.faults.note(error);
      }
    }
  }
}

/** What an event of a page weighs in memory or on its way, whichever is more: the payload behind a claim check is read, and not sent. */
function averageBytesOf(events: readonly StoredEvent[], batches: readonly Batch[]): number {
  const sent = batches.reduce((sum, { bytes }) => sum + bytes, 0);
  const read = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
  return Math.max(sent, read) / events.length;
}
