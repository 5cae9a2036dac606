import type { CallOptions } from '../event-store/call-options.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { TASKS } from '../event-store/messaging-tables.js';
import { failureTexts } from '../subscriptions/failure-texts.js';
import type { ResolvedQueue } from './queue-definition.js';
import type { TaskChannel, TaskNotice } from './task-channel.js';
import { taskEntry, taskUpdate, type TaskEntry } from './task-entry.js';
import { commitIfThere } from './task-runner.js';

export interface SweepOptions {
  readonly queue: ResolvedQueue;
  readonly store: EventStore;
  readonly channel: TaskChannel;
  /** Tasks that were sent before this are not on their way any more; milliseconds. */
  readonly overtakenMs: number;
  readonly nowMs: number;
  readonly isAtHand: (taskId: string) => boolean;
}

/** What was found of a queue. */
export interface SweepFindings {
  /** Tasks given to workers again. */
  readonly given: number;
  readonly waiting: number;
  readonly dead: number;
  /** Milliseconds since the waiting task that was due first was due; 0 where none is. */
  readonly lagMs: number;
}

const PAGE = 100;

/**
 * Gives tasks to workers again that were given away and of which nobody says anything: the transport lost them, or the process that had them
 * ended. One that was so too often is dead: it may be what ends processes. Reads all tasks of the queue.
 */
export async function sweep(options: SweepOptions, call: CallOptions): Promise<SweepFindings> {
  const { queue, store, nowMs } = options;
  let found: TaskEntry[] = [];
  let given = 0;
  const tasks = { waiting: 0, dead: 0 };
  let firstDueMs = nowMs;
  for await (const row of store.readModels.scan(TASKS, { queue: queue.name }, call)) {
    const entry = taskEntry(row);
    tasks[entry.state]++;
    if (entry.state === 'waiting') firstDueMs = Math.min(firstDueMs, (entry.retryAt ?? entry.enqueuedAt).getTime());
    if (isLost(entry, options)) found.push(entry);
    if (found.length < PAGE) continue;
    given += await give(found, options, call);
    found = [];
  }
  given += await give(found, options, call);
  return { given, ...tasks, lagMs: nowMs - firstDueMs };
}

/** Pure. One that was never given away is the feed's; one that is at hand here is known of. */
export function isLost(entry: TaskEntry, { queue, overtakenMs, nowMs, isAtHand }: SweepOptions): boolean {
  const { state, publishedAt, retryAt, taskId } = entry;
  if (state !== 'waiting' || publishedAt === undefined || isAtHand(taskId)) return false;
  const sentMs = publishedAt.getTime();
  if (retryAt !== undefined && retryAt.getTime() + queue.visibilityMs > nowMs && sentMs > 0) return false;
  return sentMs + queue.visibilityMs <= overtakenMs;
}

async function give(entries: readonly TaskEntry[], { queue, store, channel, nowMs }: SweepOptions, call: CallOptions): Promise<number> {
  if (entries.length === 0) return 0;
  const published_at = new Date(nowMs);
  const notices: TaskNotice[] = [];
  for (const entry of entries) {
    const { taskId, priority, unanswered } = entry;
    const isDead = unanswered >= queue.maxAttempts;
    const error = new EventspanError('TASK_UNANSWERED', { taskId, queue: queue.name, times: unanswered + 1 });
    const fate = isDead
      ? { state: 'dead', ...failureTexts(error), failed_at: published_at, retry_at: null }
      : { unanswered: unanswered + 1, published_at };
    const isThere = await commitIfThere(store, [taskUpdate(entry, fate)], call);
    if (isThere && !isDead) notices.push({ queue: queue.name, taskId, priority, sentAtMs: nowMs });
  }
  await channel.send(notices, call);
  return notices.length;
}
