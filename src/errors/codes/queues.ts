import type { ErrorDescription } from '../error-description.js';

/** Work queues and their tasks. */
export const QUEUE_CODES = {
  QUEUE_INVALID: {
    message: 'The work queue {queue} is not valid: {reason}.',
    remedy: 'Correct what is listed in workQueues.',
  },
  TASK_NAME_TAKEN: {
    message: 'Two classes have the task name {name}: {first} and {second}.',
    remedy: 'Give each class of tasks a name of its own.',
  },
  TASK_UNKNOWN: {
    message: 'No task {task} is known here.',
    remedy: 'List its class in tasks, or a work queue that takes it in workQueues.',
  },
  TASK_UNREADABLE: {
    message: 'A task {task} has the version {version}, and this program knows version {known}.',
    remedy: 'Edit the task and retry it, or let workers that know its version do it.',
  },
  TASK_NOT_FOUND: {
    message: 'There is no task {taskId} in the queue {queue}, or it is done.',
    remedy: 'Look at: npx eventspan tasks list.',
  },
  TASK_NOT_DEAD: {
    message: 'The task {taskId} of the queue {queue} is waiting for a worker.',
    remedy: 'Retry tasks that are dead only; discard takes any.',
  },
  TASK_TIMED_OUT: {
    message: 'The handler of {task} in the queue {queue} was not done after {timeoutMs} ms.',
    remedy: 'Make it quicker, or raise timeoutMs of the queue.',
  },
  TASK_UNANSWERED: {
    message: 'The task {taskId} of the queue {queue} was given to workers {times} times, and none of them said what became of it.',
    remedy: 'See whether its handler ends the process; then retry it.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
