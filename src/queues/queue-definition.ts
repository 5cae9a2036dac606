import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { TableDefinition } from '../event-store/read-models.js';
import type { Constructor } from '../messages/constructor.js';
import { describeTaskClass } from '../messages/task.decorator.js';
import { assertWireName } from '../messages/wire-name.js';
import type { TaskContext } from './task-context.js';

/** How a failed task is tried again: exponential backoff with full jitter. */
export interface TaskRetry {
  /** Milliseconds before the first repeat at most, 1..maxMs, default 500. */
  readonly initialMs: number;
  /** Milliseconds no wait exceeds, up to 86,400,000, default 60,000. */
  readonly maxMs: number;
}

/** What a work queue says of its workers; each process that lists it has so many. */
export interface QueueOptions {
  /** Tasks that one process does at the same time, 1..1,000, default 10. */
  readonly concurrency?: number;
  /** Tasks that one process has at hand and has not begun, 1..100,000, default 100; of them the highest priority is done first. */
  readonly prefetch?: number;
  readonly retry?: Partial<TaskRetry>;
  /** Tries after which a task is dead, 1..1,000, default 10. An error whose `retryable` is false ends it at once. */
  readonly maxAttempts?: number;
  /** Milliseconds of one try, 1..3,600,000, default 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds after which a task of which no worker says anything is given to workers again, 1,000..86,400,000, default 60,000. */
  readonly visibilityMs?: number;
  /** The topic (of `topics`) that carries its tasks to workers. Default: none; the process that finds them in the log does them. */
  readonly topic?: string;
  /** Tables that its handlers write; created when the queue starts. */
  readonly tables?: readonly TableDefinition[];
  /** Told of each try that failed. What it throws is logged. */
  readonly onError?: (error: unknown, failed: FailedTry) => void;
}

export interface FailedTry {
  readonly queue: string;
  readonly taskId: string;
  /** From 1. */
  readonly attempt: number;
  /** It is not tried again by itself. */
  readonly isDead: boolean;
}

/** A work queue as the application runs it. */
export interface QueueDefinition extends QueueOptions {
  readonly kind: 'work-queue';
  readonly name: string;
  readonly tasks: readonly Constructor[];
  handle(task: object, context: TaskContext): Promise<void> | void;
}

export type ResolvedQueue = QueueDefinition & {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly retry: TaskRetry;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly visibilityMs: number;
};

const DEFAULTS = { concurrency: 10, prefetch: 100, maxAttempts: 10, timeoutMs: 30_000, visibilityMs: 60_000 } as const;
const DEFAULT_RETRY: TaskRetry = { initialMs: 500, maxMs: 60_000 };

/** The definition with its defaults. Throws `NAME_INVALID`, `OPTION_INVALID`, `QUEUE_INVALID`, and as `describeTaskClass`. */
export function resolveQueue(definition: QueueDefinition): ResolvedQueue {
  const { name, tasks } = definition;
  assertWireName(name, 'a work queue');
  if (tasks.length === 0) throw queueInvalid(name, 'it has no handlers');
  for (const type of tasks) {
    const { queue } = describeTaskClass(type);
    if (queue !== name) throw queueInvalid(name, `its handler takes ${type.name}, which is a task of the queue ${queue}`);
  }
  const resolved = { ...DEFAULTS, ...definition, retry: { ...DEFAULT_RETRY, ...definition.retry } };
  const path = `workQueues.${name}`;
  checkWholeNumber(`${path}.concurrency`, resolved.concurrency, { min: 1, max: 1_000 });
  checkWholeNumber(`${path}.prefetch`, resolved.prefetch, { min: 1, max: 100_000 });
  checkWholeNumber(`${path}.maxAttempts`, resolved.maxAttempts, { min: 1, max: 1_000 });
  checkWholeNumber(`${path}.timeoutMs`, resolved.timeoutMs, { min: 1, max: 3_600_000 });
  checkWholeNumber(`${path}.visibilityMs`, resolved.visibilityMs, { min: 1_000, max: 86_400_000 });
  checkWholeNumber(`${path}.retry.maxMs`, resolved.retry.maxMs, { min: 1, max: 86_400_000 });
  checkWholeNumber(`${path}.retry.initialMs`, resolved.retry.initialMs, { min: 1, max: resolved.retry.maxMs });
  return resolved;
}

export function queueInvalid(queue: string, reason: string): EventspanError {
  return new EventspanError('QUEUE_INVALID', { queue, reason });
}
