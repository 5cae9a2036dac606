import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { HeldCursor } from './held-cursors.js';
import type { StopReason, SubscriptionShardStatus } from './subscription-status.js';

/** What a lane knows of itself. */
export interface LaneFacts {
  readonly shard: number;
  readonly events: number;
  readonly waiting: number;
  /** The first of them. */
  readonly next: StoredEvent | undefined;
  readonly parked: number;
  readonly cursor: HeldCursor | undefined;
  readonly isHeld: boolean;
  readonly isRunning: boolean;
  readonly isStopped: boolean;
  readonly reason: StopReason | undefined;
}

/** Pure. */
export function laneStatus(facts: LaneFacts): SubscriptionShardStatus {
  const { shard, events, waiting, next, cursor, reason } = facts;
  return {
    shard,
    state: stateOf(facts),
    events,
    waiting,
    ...(cursor !== undefined && next !== undefined && { waitingSince: commitTimeOf(next) }),
    parked: cursor === undefined ? 0 : facts.parked,
    ...(cursor?.position !== undefined && { position: cursor.position }),
    ...(cursor !== undefined && reason !== undefined && { reason }),
  };
}

function stateOf({ cursor, isStopped, isHeld, isRunning, reason }: LaneFacts): SubscriptionShardStatus['state'] {
  if (cursor === undefined) return 'elsewhere';
  if (isStopped) return 'stopped';
  if (reason !== undefined) return 'retrying';
  if (isHeld) return 'held';
  return isRunning ? 'working' : 'idle';
}
