import type { SubscriptionStatus } from '../subscriptions/subscription-status.js';

/** A work queue in one process. Plain data, fit for JSON. */
export interface QueueStatus {
  readonly state: 'stopped' | 'running';
  readonly queue: string;
  /** At hand and not begun, and begun. */
  readonly atHand: number;
  readonly running: number;
  readonly done: number;
  /** Tries that failed, and tasks that are dead by them. */
  readonly failed: number;
  readonly dead: number;
  /** Given to workers again by this process. */
  readonly swept: number;
  readonly feed: SubscriptionStatus;
  readonly lastError?: string;
}
