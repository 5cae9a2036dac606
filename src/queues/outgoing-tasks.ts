import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import { TASKS } from '../event-store/messaging-tables.js';
import type { EventToAppend } from '../event-store/stored-event.js';
import { parseTaskEnqueued, TASK_ENQUEUED, taskEnqueuedEvent, taskEventId, taskStreamOf } from '../messages/framework/task-events.js';
import type { TaskRegistry } from '../messages/task-registry.js';
import type { Effects, EnqueueOptions, Origin, Outgoing, OutgoingTask, OutgoingTimer } from '../messaging/outgoing.js';
import { derivedId } from '../support/derived-id.js';
import { taskKey } from './task-entry.js';

/** A timer whose message is a framework event. */
interface TimedMessage {
  readonly timerId: string;
  readonly dueAt: Date;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly isNamed: false;
  readonly createdAt: Date;
}

export interface OutgoingTasksOptions {
  readonly tasks: TaskRegistry;
  readonly source: string;
  readonly now: () => number;
  /** Puts a framework event on a timer. */
  readonly timed: (message: TimedMessage) => OutgoingTimer;
}

const YEAR_MS = 31_536_000_000;

/** The tasks of {@link Outgoing}: the event that enqueues a task, and its row. */
export class OutgoingTasks implements Pick<Outgoing, 'task'> {
  constructor(private readonly options: OutgoingTasksOptions) {}

  /**
   * With `delayMs`, and with `dedupeKey`, the task goes through a timer, whose firing puts it into the queue unless one of its id has been there:
   * a second one never makes its sender's commit fail. Throws `TASK_UNKNOWN`, `OPTION_INVALID`, and as the payload's codec.
   */
  task(task: object, options: EnqueueOptions, origin: Origin): OutgoingTask {
    const { delayMs = 0, dedupeKey } = options;
    return delayMs > 0 || dedupeKey !== undefined ? this.later(task, options, origin) : this.now(task, options, origin);
  }

  /** Into the queue in the sender's commit, which fails where a task of its id has been there with other events. Throws as {@link task}. */
  now(task: object, options: EnqueueOptions, origin: Origin): OutgoingTask {
    const { taskId, event } = this.event(task, options, origin);
    return { taskId, ...enqueuing(event) };
  }

  private later(task: object, options: EnqueueOptions, origin: Origin): OutgoingTask {
    const { taskId, event } = this.event(task, options, origin);
    const createdAt = new Date(this.options.now());
    const dueAt = new Date(createdAt.getTime() + (options.delayMs ?? 0));
    const { type, data, metadata } = event;
    const timer = this.options.timed({ timerId: derivedId(`task/${taskId}`), dueAt, type, data, metadata, isNamed: false, createdAt });
    // A repeat within the millisecond meets the same row.
    return { taskId, writes: [], changes: timer.changes.map((change) => ({ ...change, kind: 'upsert' })) };
  }

  private event(
    task: object,
    { delayMs = 0, dedupeKey, priority = 0 }: EnqueueOptions,
    origin: Origin,
  ): { taskId: string; event: EventToAppend } {
    checkWholeNumber('task.delayMs', delayMs, { min: 0, max: YEAR_MS });
    checkWholeNumber('task.priority', priority, { min: -100, max: 100 });
    if (dedupeKey !== undefined && !/^.{1,200}$/s.test(dedupeKey)) {
      throw new EventspanError('OPTION_INVALID', { path: 'task.dedupeKey', value: dedupeKey, bound: 'text of 1 to 200 characters' });
    }
    const { queue, ...serialized } = this.options.tasks.serialize(task);
    const taskId = derivedId(dedupeKey === undefined ? `task/${origin.id}/${origin.ordinal}` : `task-of/${queue}/${dedupeKey}`);
    const sender = origin.process === undefined ? {} : { processName: origin.process.name, processId: origin.process.id };
    const metadata = { ...origin.metadata, ...sender, source: this.options.source };
    const event = taskEnqueuedEvent({ queue, taskId, priority, ...serialized }, { metadata, nowMs: this.options.now() });
    return { taskId, event };
  }
}

/** What has to be in the commit that enqueues a task. Also of a timer's firing: the event's id is the task's, whoever made it. */
export function enqueuing(event: EventToAppend): Effects {
  const task = parseTaskEnqueued(event.data);
  if (task === undefined) throw new EventspanError('APPEND_INVALID', { reason: `an event ${TASK_ENQUEUED} is not readable` });
  const { queue, taskId, name: type, schemaVersion: schema_version, priority, data } = task;
  const { metadata } = event;
  const enqueued_at = new Date((JSON.parse(metadata) as { readonly time: string }).time);
  const row = {
    ...taskKey({ queue, taskId }),
    state: 'waiting',
    type,
    schema_version,
    data,
    metadata,
    priority,
    attempts: 0,
    enqueued_at,
    unanswered: 0,
  };
  const stored = { ...event, eventId: taskEventId(taskId) };
  return {
    writes: [{ streamId: taskStreamOf(taskId), expectedVersion: 'none', events: [stored] }],
    changes: [{ kind: 'insert', table: TASKS, row }],
  };
}
