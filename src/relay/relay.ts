import { FaultLog } from './fault-log.js';
import type { HeldShard } from './held-shard.js';
import { LeaseKeeper } from './lease-keeper.js';
import { RelayLoop, type RelayParts } from './relay-loop.js';
import { resolveRelayOptions, type RelayOptions, type ResolvedRelayOptions } from './relay-options.js';
import type { RelayShardStatus, RelayStatus } from './relay-status.js';
import { ShardPublisher } from './shard-publisher.js';

export interface RelayStopOptions {
  /** Milliseconds for publishes under way, default 10,000; then they are given up, and their events published again later. */
  readonly deadlineMs?: number;
  /** Aborted: publishes under way are given up at once. */
  readonly signal?: AbortSignal;
}

const DEFAULT_STOP_DEADLINE_MS = 10_000;

/**
 * Publishes the log to the transport: per shard, in log order, each event with its position and the one before it.
 *
 * Promises: every event is published at least once; *first* occurrences per shard are in log order; a repeat carries the same
 * id, body and chain. At most one publish a shard is under way. A batch that fails is sent again in the same order after 100 ms,
 * doubling up to 30 s, jittered, while the other shards go on. A message that the transport refuses for good stops its shard
 * alone, after everything before it was published; it is tried again every 30 s, so that the shard goes on once the topic is mended.
 * A payload above `claimCheckBytes` stays in the log and its message carries a claim check; no event that a store takes makes a message
 * that is too large for a broker.
 *
 * Several relays on one store share the shards evenly and take over from each other: at once after `stop`, else within `leaseMs`
 * and a third. A relay that was paused beyond its lease may publish old events late, which no broker can fence; those are known
 * ids, and the cursor refuses its advance.
 *
 * Cost: a batch 1 Read, its publishes, 1 Commit; idle 1 Read a poll for all shards held, and every third of `leaseMs` 1 Read and
 * 1 Commit for the leases. Memory: one page of events, and a batch for each shard that is retrying.
 * Throws `OPTION_INVALID` when constructed; faults of store and transport show in {@link status} and never throw.
 */
export class Relay implements AsyncDisposable {
  private readonly options: ResolvedRelayOptions;
  private readonly parts: RelayParts;
  private loop: RelayLoop;
  private running: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.options = resolveRelayOptions(options);
    const faults = new FaultLog(options.clock, options.logger);
    this.parts = { faults, leases: new LeaseKeeper(this.options), publisher: new ShardPublisher(this.options, faults) };
    this.loop = new RelayLoop(this.options, this.parts);
  }

  /** Starts in the background; does nothing while it runs. May be called again after `stop`. */
  start(): void {
    if (this.running !== undefined) return;
    this.loop = new RelayLoop(this.options, this.parts);
    this.running = this.loop.run();
  }

  /** Says that events were appended, in these shards if given: they are read without waiting for the next poll. */
  nudge(shards?: Iterable<number>): void {
    if (shards !== undefined && ![...shards].some((shard) => this.parts.leases.find(shard) !== undefined)) return;
    this.loop.nudge();
  }

  /**
   * Resolves once everything appended before this call is published, in the shards that this relay holds and that are not
   * stopped; at once when it does not run, and when it stops. Waits for as long as store or transport are away.
   */
  settled(): Promise<void> {
    return this.running === undefined ? Promise.resolve() : this.loop.settled();
  }

  /**
   * Ends: nothing new is read, publishes under way are awaited, cursors advanced, shards released. Resolves within
   * `deadlineMs` and 4 s, and then no timer of it is left; never throws. Idempotent.
   */
  async stop(options: RelayStopOptions = {}): Promise<void> {
    const { running, loop } = this;
    if (running === undefined) return;
    const ended = new AbortController();
    const giveUp = (): void => loop.giveUp();
    loop.drain();
    if (options.signal?.aborted) giveUp();
    options.signal?.addEventListener('abort', giveUp, { once: true, signal: ended.signal });
    const deadline = this.options.clock.sleep(options.deadlineMs ?? DEFAULT_STOP_DEADLINE_MS, ended.signal).then(giveUp, () => undefined);
    await running;
    ended.abort();
    await deadline;
    if (this.running === running) this.running = undefined;
  }

  status(): RelayStatus {
    const { leases, publisher, faults } = this.parts;
    const state = this.running === undefined ? 'stopped' : this.loop.isDraining ? 'stopping' : 'running';
    const shards = Array.from({ length: this.options.store.shardCount }, (_, shard) => statusOf(shard, leases.find(shard)));
    return {
      state,
      idle: this.loop.isIdle,
      shards,
      published: publisher.published,
      batches: publisher.batches,
      takeovers: leases.takeovers,
      leases: { ...leases.changes },
      ...(this.loop.turnedAt === undefined ? {} : { turnedAt: new Date(this.loop.turnedAt).toISOString() }),
      ...(faults.last === undefined ? {} : { lastError: faults.last }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function statusOf(shard: number, held: HeldShard | undefined): RelayShardStatus {
  return held === undefined ? { shard, state: 'elsewhere', waiting: 0 } : held.status();
}
