import { isEventspanError } from '../errors/eventspan-error.js';
import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { EnqueueOptions, Origin, OutgoingTask } from '../messaging/outgoing.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import type { OutgoingTasks } from './outgoing-tasks.js';

export interface EnqueueParts {
  readonly store: EventStore;
  readonly outgoing: OutgoingTasks;
  readonly ids: IdGenerator;
  readonly context: () => object & { readonly correlationId?: string };
  readonly onAppended: (result: AppendResult) => void;
}

export interface Enqueued {
  readonly taskId: string;
  /** False where a task with its `dedupeKey` has been in the queue. With `delayMs` that shows when its time has come, and it is true. */
  readonly isNew: boolean;
}

const CALLER = 'enqueue';
/** Commits of unknown outcome in a row. */
const MAX_UNKNOWN = 5;

/**
 * Puts a task into its queue: 1 Commit, repeated with the same ids while its outcome is unknown. Throws `TASK_UNKNOWN`, `OPTION_INVALID`, as
 * the payload's codec, and the store's errors.
 */
export async function enqueueTask(parts: EnqueueParts, task: object, options: EnqueueOptions = {}): Promise<Enqueued> {
  const { outgoing, ids, context } = parts;
  const id = ids();
  const given = context();
  const origin: Origin = { id, ordinal: 0, metadata: { ...given, correlationId: given.correlationId ?? id } };
  const isNow = (options.delayMs ?? 0) === 0;
  const made = isNow ? outgoing.now(task, options, origin) : outgoing.task(task, options, origin);
  for (let tries = 1; ; tries++) {
    try {
      const isNew = (await commit(parts, made)) || options.dedupeKey === undefined;
      return { taskId: made.taskId, isNew };
    } catch (error) {
      if (!isEventspanError(error, 'OUTCOME_UNKNOWN') || tries === MAX_UNKNOWN) throw error;
    }
  }
}

async function commit({ store, onAppended }: EnqueueParts, { writes, changes }: OutgoingTask): Promise<boolean> {
  if (writes.length === 0) {
    const batch = await store.readModels.openBatch({ rows: 'stream', caller: CALLER });
    await batch.commit(changes);
    return true;
  }
  const result = await store.append({ writes, changes }, { caller: CALLER });
  if (!result.repeated) onAppended(result);
  return !result.repeated;
}
