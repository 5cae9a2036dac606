import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { AppendResult } from '../event-store/append.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { TASKS } from '../event-store/messaging-tables.js';
import type { RowChange } from '../event-store/read-models.js';
import { taskEventId, taskStreamOf } from '../messages/framework/task-events.js';
import type { TaskRegistry } from '../messages/task-registry.js';
import type { Outgoing } from '../messaging/outgoing.js';
import { failureTexts } from '../subscriptions/failure-texts.js';
import { orAbort } from '../support/abort.js';
import { nextDelayMs } from '../support/backoff.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import type { Random } from '../support/random.js';
import type { Logger } from '../telemetry/logger.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { OpenSpan } from '../telemetry/tracing.js';
import type { ResolvedQueue } from './queue-definition.js';
import { workConsumer } from './queue-names.js';
import { taskEntry, taskKey, taskUpdate, type TaskEntry, type TaskKey } from './task-entry.js';
import { TaskRun } from './task-run.js';

export interface TaskRunnerParts {
  readonly queue: ResolvedQueue;
  readonly store: EventStore;
  readonly tasks: TaskRegistry;
  readonly outgoing: Outgoing;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly onAppended: (result: AppendResult) => void;
}

/** What became of a task. `gone`: done or discarded elsewhere, or dead. */
export type TaskOutcome = { readonly kind: 'done' | 'gone' | 'dead' } | { readonly kind: 'retry'; readonly delayMs: number };

type Span = Pick<OpenSpan<'eventspan.handle'>, 'failed'>;
type TaskCall = CallOptions & { readonly signal: AbortSignal };

/** A store that did not take the commit says nothing of the task. */
const STORE_RETRY_MS = 1_000;

/** Does tasks, each with one commit of all that its handler brings about and of the task's end. */
export class TaskRunner {
  readonly counts = { done: 0, failed: 0, dead: 0 };

  constructor(private readonly parts: TaskRunnerParts) {}

  /** 1 Read, the handler, 1 Commit. Never throws but the signal's reason: what the store says is answered as a retry. */
  async run(key: TaskKey, signal: AbortSignal): Promise<TaskOutcome> {
    const { store, clock } = this.parts;
    const call = { caller: 'queue', signal };
    try {
      const [row] = await store.readModels.get(TASKS, [taskKey(key)], call);
      const entry = row && taskEntry(row);
      if (entry?.state !== 'waiting') return { kind: 'gone' };
      const restMs = (entry.retryAt?.getTime() ?? 0) - clock.now();
      if (restMs > 0) return { kind: 'retry', delayMs: restMs };
      return await this.traced(entry, (span) => this.attempt(entry, call, span));
    } catch (error) {
      if (signal.aborted) throw error;
      this.parts.logger.warn({ ...key, err: error }, `queue: ${messageOf(error)}`);
      return { kind: 'retry', delayMs: STORE_RETRY_MS };
    }
  }

  private traced(entry: TaskEntry, task: (span: Span) => Promise<TaskOutcome>): Promise<TaskOutcome> {
    const { queue, taskId, type, metadata } = entry;
    const event = { eventId: taskEventId(taskId), type, streamId: taskStreamOf(taskId), metadata };
    return this.parts.telemetry.tracing.handling({ consumer: workConsumer(queue), event }, task);
  }

  private async attempt(entry: TaskEntry, call: TaskCall, span: Span): Promise<TaskOutcome> {
    const { store, outgoing, telemetry } = this.parts;
    const { signal } = call;
    const own = new AbortController();
    const run = new TaskRun(entry, { store, outgoing, tracing: telemetry.tracing, call, signal: AbortSignal.any([signal, own.signal]) });
    try {
      await this.handle(entry, run, own);
      const result = await run.commit();
      if (result !== undefined) this.parts.onAppended(result);
      this.counts.done++;
      return { kind: 'done' };
    } catch (error) {
      own.abort(error);
      await run.abandon().catch(() => undefined);
      if (signal.aborted) throw error;
      if (isDoneElsewhere(error)) return { kind: 'gone' };
      if (isOfStore(error)) throw error;
      span.failed(error);
      return this.failed(entry, error, call);
    }
  }

  private async handle(entry: TaskEntry, run: TaskRun, own: AbortController): Promise<void> {
    const { queue, tasks, clock } = this.parts;
    const task = tasks.deserialize({ name: entry.type, schemaVersion: entry.schemaVersion, data: entry.data });
    const ended = new AbortController();
    const { timeoutMs } = queue;
    void clock.sleep(timeoutMs, ended.signal).then(
      () => own.abort(new EventspanError('TASK_TIMED_OUT', { task: entry.type, queue: queue.name, timeoutMs })),
      () => undefined,
    );
    try {
      await orAbort(
        Promise.resolve().then(() => queue.handle(task, run)),
        run.signal,
      );
    } finally {
      ended.abort();
    }
  }

  private async failed(entry: TaskEntry, error: unknown, call: CallOptions): Promise<TaskOutcome> {
    const { queue, clock, random } = this.parts;
    const attempt = entry.attempts + 1;
    const isDead = isPermanent(error) || attempt >= queue.maxAttempts;
    const delayMs = nextDelayMs({ ...queue.retry, factor: 2 }, attempt, random);
    this.counts.failed++;
    if (isDead) this.counts.dead++;
    const now = clock.now();
    const fate = isDead ? { state: 'dead', retry_at: null } : { retry_at: new Date(now + delayMs) };
    const change = taskUpdate(entry, { ...fate, attempts: attempt, unanswered: 0, ...failureTexts(error), failed_at: new Date(now) });
    const isThere = await commitIfThere(this.parts.store, [change], call);
    this.tell(error, { queue: queue.name, taskId: entry.taskId, attempt, isDead });
    if (!isThere) return { kind: 'gone' };
    return isDead ? { kind: 'dead' } : { kind: 'retry', delayMs };
  }

  private tell(error: unknown, failed: { queue: string; taskId: string; attempt: number; isDead: boolean }): void {
    const { queue, logger } = this.parts;
    logger.warn({ ...failed, err: error }, `a task failed: ${messageOf(error)}`);
    try {
      queue.onError?.(error, failed);
    } catch (thrown) {
      logger.warn({ ...failed, err: thrown }, 'onError failed');
    }
  }
}

/** Answers false where a row that is to be updated is not there. 1 Commit. */
export async function commitIfThere(store: EventStore, changes: readonly RowChange[], call: CallOptions): Promise<boolean> {
  const batch = await store.readModels.openBatch({ ...call, rows: 'stream' });
  try {
    await batch.commit(changes);
    return true;
  } catch (error) {
    if (isEventspanError(error, 'VIEW_ROW_MISSING')) return false;
    throw error;
  }
}

/** An error that says of itself that it will not get better, and tasks that cannot be read. */
function isPermanent(error: unknown): boolean {
  if (isEventspanError(error)) return ['TASK_UNREADABLE', 'TASK_UNKNOWN', 'PAYLOAD_UNREADABLE'].includes(error.code);
  return typeof error === 'object' && error !== null && (error as { readonly retryable?: unknown }).retryable === false;
}

function isDoneElsewhere(error: unknown): boolean {
  return isEventspanError(error, 'VIEW_ROW_MISSING') && error.details['table'] === TASKS.name;
}

function isOfStore(error: unknown): boolean {
  return (['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'BATCH_ABORTED'] as const).some((code) => isEventspanError(error, code));
}
