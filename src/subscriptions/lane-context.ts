import type { HeldCursors } from './held-cursors.js';
import type { LaneHold } from './lane-hold.js';
import type { ParkedRows } from './parked-rows.js';
import type { Slots } from './slots.js';
import type { ResolvedSubscriptionOptions } from './subscription-options.js';
import type { SubscriptionCounts } from './subscription-status.js';

/** What the lanes of one subscription share. */
export interface LaneContext {
  readonly options: ResolvedSubscriptionOptions;
  readonly cursors: HeldCursors;
  readonly slots: Slots;
  readonly hold: LaneHold;
  readonly parkedRows: ParkedRows;
  readonly counts: SubscriptionCounts;
  /** Aborted when the subscription stops: finish what is in hand, begin nothing. */
  readonly closing: AbortSignal;
  /** Aborted at the stop's deadline: give up what is in hand. */
  readonly abandon: AbortSignal;
  /** Keeps the newest fault for the status. */
  faulted(error: unknown): void;
}
