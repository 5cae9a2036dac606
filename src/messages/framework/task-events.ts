import { derivedId } from '../../support/derived-id.js';
import { frameworkEvent, type FrameworkEvent, type FrameworkEventNote } from './framework-event.js';

/** A task was put into a work queue: the one event of the task's stream. */
export const TASK_ENQUEUED = 'eventspan.task-enqueued';

/** Payload of {@link TASK_ENQUEUED}. */
export interface TaskEnqueued {
  readonly queue: string;
  readonly taskId: string;
  /** The task's wire name. */
  readonly name: string;
  /** Of the task's payload. */
  readonly schemaVersion: number;
  readonly priority: number;
  /** JSON text of the task's own payload; in the stored event it is a JSON value. */
  readonly data: string;
}

/** The stream of one task. */
export function taskStreamOf(taskId: string): string {
  return `eventspan.task-${taskId}`;
}

/** The id of the event of a task: a second one of the same task is known as a repeat. */
export function taskEventId(taskId: string): string {
  return derivedId(`task-enqueued/${taskId}`);
}

export function taskEnqueuedEvent(task: TaskEnqueued, note: Omit<FrameworkEventNote, 'eventId'>): FrameworkEvent {
  const { data, ...head } = task;
  const text = `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
  return frameworkEvent(TASK_ENQUEUED, text, { ...note, eventId: taskEventId(task.taskId) });
}

/** What {@link taskEnqueuedEvent} wrote, or undefined for a text that it did not. */
export function parseTaskEnqueued(text: string): TaskEnqueued | undefined {
  try {
    const { queue, taskId, name, schemaVersion, priority, data } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if ([queue, taskId, name].some((each) => typeof each !== 'string')) return undefined;
    if (![schemaVersion, priority].every((each) => Number.isSafeInteger(each)) || data === undefined) return undefined;
    return { queue, taskId, name, schemaVersion, priority, data: JSON.stringify(data) } as TaskEnqueued;
  } catch {
    return undefined;
  }
}
