import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { TASKS } from '../event-store/messaging-tables.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { parseTaskEnqueued, TASK_ENQUEUED } from '../messages/framework/task-events.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import type { Clock } from '../support/clock.js';
import type { PrioritizedTask, TaskChannel } from './task-channel.js';
import { taskKey, taskUpdate } from './task-entry.js';

export interface FeedParts {
  readonly queue: string;
  readonly store: EventStore;
  readonly channel: TaskChannel;
  readonly clock: Clock;
}

/**
 * Gives the tasks of a queue that are in the log to workers. That a task was given away is committed before it is: what is lost in between is
 * given again by the sweep.
 */
export class FeedHandler implements EventHandler {
  constructor(private readonly parts: FeedParts) {}

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const { signal, advance, changes = [] } = batch;
    const call = { caller: 'queue', signal };
    const found = batch.events.flatMap((event) => this.noticeOf(event) ?? []);
    await this.parts.channel.ready(signal);
    const notices = await this.waiting(found, signal);
    const published_at = new Date(this.parts.clock.now());
    const sent = notices.map((notice) => ({ ...notice, sentAtMs: published_at.getTime() }));
    const rows = await this.parts.store.readModels.openBatch({ ...call, rows: 'stream' });
    await rows.commit([...changes, ...notices.map((notice) => taskUpdate(notice, { published_at }))], advance).catch((error: unknown) => {
      // One of them was discarded meanwhile: the batch is made anew.
      if (isEventspanError(error, 'VIEW_ROW_MISSING'))
        throw new EventspanError('BATCH_ABORTED', { reason: error.message }, { cause: error });
      throw error;
    });
    await this.parts.channel.send(sent, call);
    return undefined;
  }

  passes(event: StoredEvent): boolean {
    return this.noticeOf(event) === undefined;
  }

  /** Those that are still to be done: the log also has those of long ago. */
  private async waiting(found: readonly PrioritizedTask[], signal: AbortSignal): Promise<readonly PrioritizedTask[]> {
    const rows = await this.parts.store.readModels.get(TASKS, found.map(taskKey), { caller: 'queue', signal });
    return found.filter((_, at) => rows[at]?.['state'] === 'waiting');
  }

  private noticeOf({ type, data }: StoredEvent): PrioritizedTask | undefined {
    const task = type === TASK_ENQUEUED ? parseTaskEnqueued(data) : undefined;
    return task?.queue === this.parts.queue ? { queue: task.queue, taskId: task.taskId, priority: task.priority } : undefined;
  }
}
