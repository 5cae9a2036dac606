import { randomUUID } from 'node:crypto';
import {
  createProcesses,
  memory,
  systemEnvironment,
  type Eventspan,
  type EventStore,
  type EventToAppend,
  type Processes,
  type StoredEvent,
  type StoreProvider,
} from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { CrashingStore, type Crash } from './crashing-store.js';
import { eventOf } from './event-of.js';
import { openTripApp } from './trip-app.js';
import { auditTrips, type TripAudit } from './trip-audit.js';
import { mended, type Branch } from './trip-domain.js';
import { TRIP } from './trip-process.js';

export interface TripRun {
  readonly branch: Branch;
  /** Whether every reply, and every outcome of a command, comes twice. */
  readonly isDoubled: boolean;
  readonly crash?: Crash;
}

export interface TripResult {
  readonly audit: TripAudit;
  /** Of the process that is made to end. */
  readonly commits: number;
  readonly hasCrashed: boolean;
}

const ID = '1';
const LEASE_MS = 200;
const ROUND_MS = 20;
const OVERDUE_MS = 2_000;
/** Rounds in which nothing is written, until a trip counts as settled: more than a lease. */
const QUIET_ROUNDS = 25;
const MAX_ROUNDS = 2_000;
const REPLIES: ReadonlySet<string> = new Set(['trip.booked', 'eventspan.command-executed', 'eventspan.command-refused']);

/** One trip in a store of its own, with a clock that is moved by hand; its process may be made to end at one commit, and then another takes over. */
export async function runTrip({ branch, isDoubled, crash }: TripRun): Promise<TripResult> {
  mended.clear();
  const world = await TripWorld.open(branch, crash);
  await world.request();
  await world.settle(isDoubled);
  return world.result();
}

class TripWorld {
  private readonly processes: Processes;
  private readonly echoed = new Set<string>();
  private readonly store: CrashingStore;
  private heir: CrashingStore | undefined;
  private seen = 0;

  private constructor(
    private readonly provider: StoreProvider,
    private readonly log: EventStore,
    private readonly clock: FakeClock,
    private readonly branch: Branch,
    crash: Crash | undefined,
  ) {
    this.processes = createProcesses({ store: log, clock });
    this.store = new CrashingStore(provider, crash);
  }

  static async open(branch: Branch, crash: Crash | undefined): Promise<TripWorld> {
    const clock = new FakeClock();
    const provider = memory({ shards: 2 });
    const world = new TripWorld(provider, await provider.open(systemEnvironment({ clock })), clock, branch, crash);
    await world.start(world.store, 'first');
    return world;
  }

  async request(): Promise<void> {
    const { name: _, ...fate } = this.branch;
    await this.append('request-1', eventOf('trip.requested', { tripId: ID, fate }));
  }

  /** Until the trip is at its end and nothing happens any more. */
  async settle(isDoubled: boolean): Promise<void> {
    let quiet = 0;
    for (let round = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS; round++) {
      await this.clock.advance(ROUND_MS);
      if (this.store.isDead && this.heir === undefined) {
        this.heir = new CrashingStore(this.provider);
        await this.start(this.heir, 'heir');
      }
      const status = await this.status();
      if (status === 'parked') await this.mend();
      const events = await this.read();
      if (isDoubled) await this.echo(events);
      const isOver = status === 'completed' || status === 'compensated';
      quiet = isOver && events.length === this.seen ? quiet + 1 : 0;
      this.seen = events.length;
    }
  }

  async result(): Promise<TripResult> {
    const audits = await auditTrips(this.log, () => this.status());
    const audit = audits.get(ID) ?? { status: 'unknown', booked: [], undone: [] };
    const { commits, isDead: hasCrashed } = this.store;
    this.store.kill();
    this.heir?.kill();
    return { audit, commits, hasCrashed };
  }

  private async start(store: CrashingStore, owner: string): Promise<void> {
    const opening = openTripApp({ store: store.asProvider, owner, overdueMs: OVERDUE_MS, clock: this.clock, leaseMs: LEASE_MS });
    const started = opening.then((app: Eventspan) => app.start());
    await Promise.race([started, store.whenDead()]);
  }

  /** An operator sees to what cannot be undone, and says that it goes on. */
  private async mend(): Promise<void> {
    mended.add(ID);
    await this.processes.resume(TRIP, ID).catch(() => undefined);
  }

  private async status(): Promise<string> {
    for await (const { status } of this.processes.list({ process: TRIP })) return status;
    return 'unknown';
  }

  private async read(): Promise<readonly StoredEvent[]> {
    const ranges = Array.from({ length: this.log.shardCount }, (_, shard) => ({ shard }));
    return this.log.readShards(ranges, { limit: 10_000 });
  }

  /** Says every reply once more: another event, with the same words. */
  private async echo(events: readonly StoredEvent[]): Promise<void> {
    for (const { eventId, streamId, type, data, metadata } of events) {
      if (!REPLIES.has(type) || this.echoed.has(eventId)) continue;
      const copy = { eventId: randomUUID(), type, data, metadata };
      this.echoed.add(eventId).add(copy.eventId);
      await this.append(type.startsWith('eventspan.') ? streamId : `echo-${eventId}`, copy);
    }
  }

  private async append(streamId: string, event: EventToAppend): Promise<void> {
    await this.log.append({ writes: [{ streamId, expectedVersion: 'any', events: [event] }] });
  }
}
