import { checkOneOf, checkWholeNumber } from '../../errors/check-option.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Clock } from '../../support/clock.js';
import { positionsToReach, type CatchUpTarget } from '../catch-up-target.js';
import { generationConsumer } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { catchUpTimedOut, waitUntilCaughtUp, type AwaitedConsumer } from '../wait-until-caught-up.js';
import type { LiveGenerations } from './live-generations.js';
import type { ProjectionSet } from './projection-set.js';

export interface CatchUpOptions {
  /** Milliseconds, 0..600,000, default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** When the time is over: `throw` (default) `CATCH_UP_TIMED_OUT`, or go on with what is there, `stale`. */
  readonly onTimeout?: 'throw' | 'stale';
}

/** Whether a projection has seen what was waited for; if not, on which shards it is behind. */
export type CaughtUp = { readonly caughtUp: true } | { readonly caughtUp: false; readonly behind: readonly number[] };

interface CatchUpParts {
  readonly projector: string;
  readonly code: readonly ProjectorDefinition[];
  readonly target: CatchUpTarget;
  readonly live: LiveGenerations;
  readonly set: ProjectionSet | undefined;
  readonly store: Pick<EventStore, 'cursors' | 'readModels'>;
  readonly clock: Clock;
}

const CALLER = 'projector';
const REACHED: CaughtUp = { caughtUp: true };

/** Waits for the live generation, and for one that is about to become live. */
export async function catchUp(parts: CatchUpParts, options: CatchUpOptions = {}): Promise<CaughtUp> {
  const { timeoutMs = 5_000, signal, onTimeout = 'throw' } = options;
  checkWholeNumber('timeoutMs', timeoutMs, { min: 0, max: 600_000 });
  checkOneOf('onTimeout', onTimeout, ['throw', 'stale']);
  const { projector, store, clock, set } = parts;
  const positions = positionsToReach(parts.target);
  const lag = await waitUntilCaughtUp({
    positions,
    timeoutMs,
    signal,
    consumers: () => consumersOf(parts),
    store,
    clock,
    caller: CALLER,
    reasonOf: (shard) => set?.reasonOf(projector, shard),
  });
  if (lag === undefined) return REACHED;
  if (onTimeout === 'stale') return { caughtUp: false, behind: lag.shards };
  throw catchUpTimedOut({ projector, timeoutMs }, lag);
}

/** What is written together with the events has always seen them. */
async function consumersOf({ projector, code, live, set }: CatchUpParts): Promise<readonly AwaitedConsumer[]> {
  const generations = await live.awaited(projector);
  const following = generations.filter(({ version }) => code.find((each) => each.version === version)?.lifecycle !== 'inline');
  return following.map((generation) => {
    const consumer = generationConsumer(generation);
    const held = set?.heldOf(consumer);
    const isGlobal = code.find(({ version }) => version === generation.version)?.order === 'global';
    return { consumer, isGlobal, ...(held && { held }) };
  });
}
