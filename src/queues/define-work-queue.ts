import type { Constructor } from '../messages/constructor.js';
import { queueInvalid, type QueueDefinition, type QueueOptions } from './queue-definition.js';
import type { TaskContext } from './task-context.js';

/** A handler of one class of tasks; made with {@link onTask}. */
export interface TaskHandler {
  readonly task: Constructor;
  readonly handle: (task: object, context: TaskContext) => Promise<void> | void;
}

/** Pairs a class of tasks with the function that does them, for {@link defineWorkQueue}; the compiler checks that they fit. */
export function onTask<T extends object>(
  task: Constructor<T>,
  handle: (task: T, context: TaskContext) => Promise<void> | void,
): TaskHandler {
  return { task, handle: handle as TaskHandler['handle'] };
}

/** The functional twin of `@WorkQueue`. Throws `QUEUE_INVALID` for two handlers of one task. */
export function defineWorkQueue(queue: QueueOptions & { readonly name: string; readonly on: readonly TaskHandler[] }): QueueDefinition {
  const { on, ...options } = queue;
  const handlers = new Map(on.map((handler) => [handler.task, handler]));
  if (handlers.size < on.length) throw queueInvalid(queue.name, 'it has two handlers for one task');
  return {
    ...options,
    kind: 'work-queue',
    tasks: [...handlers.keys()],
    handle: (task, context) => handlers.get(task.constructor as Constructor)?.handle(task, context),
  };
}
