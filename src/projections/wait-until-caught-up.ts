import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { ShardPositions } from '../event-store/consistency-token.js';
import { comparePositions, parsePosition, type Position } from '../event-store/position.js';
import type { EventStore } from '../event-store/event-store.js';
import { PARKED_STREAMS } from '../event-store/system-tables.js';
import type { HeldCursors } from '../subscriptions/held-cursors.js';
import { throwIfAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';

/** One consumer that is waited for. */
export interface AwaitedConsumer {
  readonly consumer: string;
  /** What this process holds of it; undefined where it does not run here. */
  readonly held?: HeldCursors;
  /** It has one cursor for the whole log. */
  readonly isGlobal?: boolean;
}

/** What is waited for, and by whom. */
export interface CatchUpWait {
  readonly positions: ShardPositions;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * The consumers that have to be there, asked before each look: which they are may change on the way. Throws `PROJECTION_NOT_BUILT` while
   * there is none.
   */
  readonly consumers: () => Promise<readonly AwaitedConsumer[]> | readonly AwaitedConsumer[];
  readonly store: Pick<EventStore, 'cursors' | 'readModels'>;
  readonly clock: Clock;
  readonly caller: string;
  /** Why a shard does not go on, where this instance knows. */
  readonly reasonOf: (shard: number) => string | undefined;
}

/** What had not been reached when the time was over. */
export interface CatchUpLag {
  readonly shards: readonly number[];
  readonly reason: string;
}

const FIRST_POLL_MS = 20;
const POLL_FACTOR = 1.5;
const MAX_POLL_MS = 500;
/** Which consumers are waited for is asked at least so often, though nothing of them changes. */
const MAX_REST_MS = 500;

/**
 * Resolves when the projection has reached the positions, wherever it runs: to undefined, or to what is behind when the time is over. Of
 * shards that this process holds it is told, also that a stream is parked there, which then is behind; for the others it reads the cursors, at once and then at growing intervals (1 Read each), and
 * in the end what is parked (1 Read).
 */
export async function waitUntilCaughtUp(wait: CatchUpWait): Promise<CatchUpLag | undefined> {
  const { clock, signal } = wait;
  const deadline = clock.now() + wait.timeoutMs;
  const polls = new Polls(clock);
  let fault: string | undefined;
  for (;;) {
    throwIfAborted(signal);
    let awaited: readonly AwaitedConsumer[] = [];
    let behind = new Set<number>(wait.positions.keys());
    try {
      awaited = await wait.consumers();
      const look = await behindOf(awaited, wait, polls);
      if (look.shards.size === 0) return undefined;
      behind = look.shards;
      if (look.read) fault = undefined;
    } catch (error) {
      fault = passingFault(error);
    }
    const restMs = deadline - clock.now();
    if (restMs <= 0)
      return { shards: [...behind].sort((a, b) => a - b), reason: reasonFor(wait, behind) ?? fault ?? 'this process knows no reason' };
    const held = awaited.flatMap((each) => each.held ?? []);
    await changeOrTime(held, wait, Math.min(restMs, MAX_REST_MS, polls.nextMs()));
  }
}

/** When cursors that are elsewhere are read next. */
class Polls {
  private intervalMs = FIRST_POLL_MS;
  private at: number;

  constructor(private readonly clock: Clock) {
    this.at = clock.now();
  }

  /** Whether it is time to read; if so, the next time is later. */
  take(): boolean {
    const now = this.clock.now();
    if (now < this.at) return false;
    this.at = now + this.intervalMs;
    this.intervalMs = Math.min(MAX_POLL_MS, this.intervalMs * POLL_FACTOR);
    return true;
  }

  nextMs(): number {
    const ms = this.at - this.clock.now();
    return ms > 0 ? ms : MAX_POLL_MS;
  }
}

interface Look {
  readonly shards: ReadonlySet<number> & Set<number>;
  /** The store was asked. */
  readonly read: boolean;
}

/** The shards on which one of the consumers is behind. */
async function behindOf(awaited: readonly AwaitedConsumer[], wait: CatchUpWait, polls: Polls): Promise<Look> {
  const behind = new Set<number>();
  let isElsewhere = false;
  for (const { held } of awaited) {
    const shards = [...wait.positions].filter(([shard, wanted]) => !isReachedHere(held, shard, wanted)).map(([shard]) => shard);
    for (const shard of shards) behind.add(shard);
    isElsewhere ||= shards.some((shard) => held?.find(shard) === undefined);
  }
  const mayBeReached = isElsewhere && polls.take();
  if (!mayBeReached) return { shards: behind, read: false };
  return { shards: await behindElsewhere(awaited, behind, wait), read: true };
}

function isReachedHere(held: AwaitedConsumer['held'], shard: number, wanted: Position): boolean {
  return hasReached(held?.find(shard)?.position, wanted) && held?.isParked(shard, wanted) !== true;
}

/** The same after the cursors in the store were read, which are at or before those held here. */
async function behindElsewhere(awaited: readonly AwaitedConsumer[], shards: ReadonlySet<number>, wait: CatchUpWait): Promise<Set<number>> {
  const { store, positions } = wait;
  const calls = callsOf(wait);
  const behind = new Set<number>();
  for (const { consumer, held, isGlobal = false } of awaited) {
    const read = await store.cursors.read(consumer, calls);
    const stored = new Map(read.cursors.map(({ shard, position }) => [shard, position]));
    const open = [...shards].map((shard) => [shard, positions.get(shard) as Position] as const);
    const rest = open.filter(([shard, wanted]) => !isReachedHere(held, shard, wanted));
    const passed = new Map(rest.filter(([shard, wanted]) => hasReached(stored.get(isGlobal ? 0 : shard), wanted)));
    for (const [shard] of rest) if (!passed.has(shard)) behind.add(shard);
    for (const shard of await parkedElsewhere(passed, { consumer, isGlobal }, wait)) behind.add(shard);
  }
  return behind;
}

/** Of positions that cursors elsewhere have passed, the shards of those that wait all the same, since their streams are parked. 1 Read. */
async function parkedElsewhere(
  passed: ReadonlyMap<number, Position>,
  { consumer, isGlobal }: { readonly consumer: string; readonly isGlobal: boolean },
  wait: CatchUpWait,
): Promise<readonly number[]> {
  if (passed.size === 0) return [];
  const wanted = [...passed].map(([shard, position]) => ({ shard, ...parsePosition(position) }));
  const keys = wanted.map(({ shard, streamId }) => ({ consumer, shard: isGlobal ? 0 : shard, stream_id: streamId }));
  const rows = await wait.store.readModels.get(PARKED_STREAMS, keys, callsOf(wait));
  return wanted.filter(({ version }, at) => Number(rows[at]?.['version'] ?? Infinity) <= version).map(({ shard }) => shard);
}

function callsOf({ caller, signal }: CatchUpWait): CallOptions {
  return { caller, ...(signal !== undefined && { signal }) };
}

function hasReached(reached: Position | undefined, wanted: Position): boolean {
  return reached !== undefined && comparePositions(reached, wanted) >= 0;
}

/** The message of a fault that passes, so that the next look may succeed; throws any other. */
function passingFault(error: unknown): string {
  if (!isEventspanError(error) || !error.retryable) throw error;
  return error.message;
}

function reasonFor(wait: CatchUpWait, shards: ReadonlySet<number>): string | undefined {
  return [...shards].map((shard) => wait.reasonOf(shard)).find((reason) => reason !== undefined);
}

/** Resolves when a held cursor moves, comes or goes, or after `ms`; rejects with the signal's reason. Leaves no timer. */
async function changeOrTime(held: readonly HeldCursors[], { clock, signal }: CatchUpWait, ms: number): Promise<void> {
  const timer = new AbortController();
  const onAbort = (): void => timer.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const slept = clock.sleep(ms, timer.signal).catch(() => undefined);
  const endings: (() => void)[] = [];
  const changed = new Promise<void>((resolve) => {
    for (const each of held) endings.push(each.onChange(resolve));
  });
  await Promise.race([slept, changed]);
  for (const stopListening of endings) stopListening();
  signal?.removeEventListener('abort', onAbort);
  timer.abort();
  await slept;
}

/** The error for a wait whose time is over. */
export function catchUpTimedOut(
  { projector, timeoutMs }: { readonly projector: string; readonly timeoutMs: number },
  lag: CatchUpLag,
): EventspanError {
  return new EventspanError('CATCH_UP_TIMED_OUT', { projector, timeoutMs, shards: lag.shards, reason: lag.reason });
}
