import { checkWholeNumber } from '../errors/check-option.js';
import { ClassNote } from './class-note.js';
import type { Constructor } from './constructor.js';
import type { TaskDescription } from './task-description.js';
import { assertWireName } from './wire-name.js';

const notes = new ClassNote<TaskDescription>('Task');
const MAX_VERSION = 2_147_483_647;

export interface TaskOptions {
  /** The work queue whose workers do it. */
  readonly queue: string;
  /** Of the payload, from 1, default 1. A worker refuses other versions than its own (`TASK_UNREADABLE`): the task waits as a dead one. */
  readonly version?: number;
}

/**
 * Describes a class as a task called `name` (characters as in `@Event`) of a work queue. It only describes; a subclass needs its own. Throws,
 * when the class is defined, `NAME_INVALID`, `OPTION_INVALID`, `CLASS_DECORATED_TWICE`.
 *
 * ```ts
 * @Task('email.send', { queue: 'emails' })
 * class SendEmail { constructor(readonly to: string, readonly text: string) {} }
 * ```
 */
export function Task(name: string, { queue, version = 1 }: TaskOptions): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertWireName(name, `@Task on ${type.name}`);
    assertWireName(queue, `queue in @Task on ${type.name}`);
    checkWholeNumber('version', version, { min: 1, max: MAX_VERSION });
    notes.write(type, { name, queue, version, type });
  };
}

/** What `@Task` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeTaskClass(type: Constructor): TaskDescription {
  return notes.read(type);
}
