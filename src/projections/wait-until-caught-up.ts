import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { ShardPositions } from '../event-store/consistency-token.js';
import { comparePositions, type Position } from '../event-store/position.js';
import type { ShardCursors } from '../event-store/shard-cursors.js';
import type { HeldCursors } from '../subscriptions/held-cursors.js';
import { throwIfAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';

/** What is waited for, and by whom. */
export interface CatchUpWait {
  readonly projector: string;
  readonly consumer: string;
  readonly positions: ShardPositions;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly held: HeldCursors;
  readonly cursors: ShardCursors;
  readonly clock: Clock;
  readonly caller: string;
  /** Why a shard does not go on, where this instance knows. */
  readonly reasonOf: (shard: number) => string | undefined;
}

const FIRST_POLL_MS = 20;
const POLL_FACTOR = 1.5;
const MAX_POLL_MS = 500;

/**
 * Resolves when the projection has reached the positions, wherever it runs. Of shards that this process holds it is told; for the
 * others it reads the cursors, at once and then at growing intervals (1 Read each).
 */
export async function waitUntilCaughtUp(wait: CatchUpWait): Promise<void> {
  const { held, clock } = wait;
  const behind = new Map(wait.positions);
  const deadline = clock.now() + wait.timeoutMs;
  let pollMs = FIRST_POLL_MS;
  let pollAt = clock.now();
  let lastFault: string | undefined;
  for (;;) {
    throwIfAborted(wait.signal);
    removeReached(behind, (shard) => held.find(shard)?.position);
    const isElsewhere = [...behind.keys()].some((shard) => held.find(shard) === undefined);
    if (isElsewhere && clock.now() >= pollAt) {
      lastFault = await removeReachedElsewhere(behind, wait);
      pollAt = clock.now() + pollMs;
      pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_FACTOR);
    }
    if (behind.size === 0) return;
    const restMs = deadline - clock.now();
    if (restMs <= 0) throw timedOut(wait, [...behind.keys()], lastFault);
    await changeOrTime(wait, isElsewhere ? Math.min(restMs, pollAt - clock.now()) : restMs);
  }
}

/** Answers the fault that kept it from looking, if it is one that passes: the next look may succeed. */
async function removeReachedElsewhere(behind: Map<number, Position>, wait: CatchUpWait): Promise<string | undefined> {
  const { cursors, consumer, caller, signal } = wait;
  try {
    const read = await cursors.read(consumer, { caller, ...(signal !== undefined && { signal }) });
    const positions = new Map(read.cursors.map(({ shard, position }) => [shard, position]));
    removeReached(behind, (shard) => positions.get(shard));
    return undefined;
  } catch (error) {
    if (!isEventspanError(error) || !error.retryable) throw error;
    return error.message;
  }
}

function removeReached(behind: Map<number, Position>, positionOf: (shard: number) => Position | undefined): void {
  for (const [shard, wanted] of behind) {
    const reached = positionOf(shard);
    if (reached !== undefined && comparePositions(reached, wanted) >= 0) behind.delete(shard);
  }
}

/** Resolves when a held cursor moves, comes or goes, or after `ms`; rejects with the signal's reason. Leaves no timer. */
async function changeOrTime({ held, clock, signal }: CatchUpWait, ms: number): Promise<void> {
  const timer = new AbortController();
  const onAbort = (): void => timer.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const slept = clock.sleep(ms, timer.signal).catch(() => undefined);
  let stopListening = (): void => undefined;
  const changed = new Promise<void>((resolve) => {
    stopListening = held.onChange(resolve);
  });
  await Promise.race([slept, changed]);
  stopListening();
  signal?.removeEventListener('abort', onAbort);
  timer.abort();
  await slept;
}

function timedOut(wait: CatchUpWait, shards: readonly number[], fault: string | undefined): EventspanError {
  const { projector, timeoutMs } = wait;
  const known = shards.map((shard) => wait.reasonOf(shard)).find((reason) => reason !== undefined);
  const reason = known ?? fault ?? 'this process knows no reason';
  return new EventspanError('CATCH_UP_TIMED_OUT', { projector, timeoutMs, shards, reason });
}
